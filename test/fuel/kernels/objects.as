// Strings, arrays, maps and collected memory: what an author writes. AssemblyScript, with its runtime.
export function words(count: i32): i32 {
  const counts = new Map<string, i32>();
  for (let i = 0; i < count; i++) {
    const word = "w" + ((i * 7919) % 97).toString(16);
    counts.set(word, counts.has(word) ? counts.get(word) + 1 : 1);
  }
  const keys = counts.keys().sort((a, b) => (a < b ? -1 : 1));
  let answer = 0;
  for (let i = 0; i < keys.length; i++) answer = answer * 31 + counts.get(keys[i]) * keys[i].length;
  return answer;
}

export function invert(size: i32): f64 {
  const rows: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const row = new Float64Array(size);
    for (let j = 0; j < size; j++) row[j] = 1.0 / <f64>(i + j + 1) + (i == j ? 1.0 : 0.0);
    rows.push(row);
  }
  let determinant = 1.0;
  for (let p = 0; p < size; p++) {
    determinant *= rows[p][p];
    for (let r = p + 1; r < size; r++) {
      const factor = rows[r][p] / rows[p][p];
      for (let c = p; c < size; c++) rows[r][c] -= factor * rows[p][c];
    }
  }
  return Math.log(determinant) + Math.sin(determinant);
}

class Node {
  left: Node | null = null;
  right: Node | null = null;
}

function grow(depth: i32): Node {
  const node = new Node();
  if (depth > 0) {
    node.left = grow(depth - 1);
    node.right = grow(depth - 1);
  }
  return node;
}

function size(node: Node | null): i32 {
  return node === null ? 0 : 1 + size(node.left) + size(node.right);
}

export function trees(depth: i32): i32 {
  let sum = 0;
  for (let i = 0; i < 6; i++) sum += size(grow(depth));
  return sum;
}

export function beyond(index: i32): i32 {
  const list = [1, 2, 3];
  return list[index];
}
