// The text of a double as java.lang.Double has it, with the shortest digits that read back as the same number.

/** @returns e.g. `4.0`, `1.0E7`, `9.5E-4`, `NaN` */
export function doubleText(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "Infinity" : "-Infinity";
  if (number === 0) return Object.is(number, -0) ? "-0.0" : "0.0";
  const magnitude = Math.abs(number);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = number.toString();
    return text.includes(".") ? text : `${text}.0`;
  }
  const [mantissa = "", exponent = ""] = number.toExponential().split("e");
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${exponent.replace("+", "")}`;
}
