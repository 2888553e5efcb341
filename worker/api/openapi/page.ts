// The reference as a page: the document written out as HTML. It needs nothing from anywhere else, and everything but its
// filter works without scripts.

type Json = Readonly<Record<string, unknown>>;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const worded = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
const escaped = (text: unknown): string => worded(text).replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");
/** Text in which `code` is set apart. */
const rich = (text: unknown): string => escaped(text).replaceAll(/`([^`]*)`/g, "<code>$1</code>");

const asRecord = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const pretty = (value: unknown): string => `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`;

function parameterRow(parameter: Json): string {
  const { pattern, enum: words, ...schema } = asRecord(parameter["schema"]);
  const bounds = [
    schema["type"],
    ...(Array.isArray(words) ? [words.join(" | ")] : []),
    ...(pattern === undefined ? [] : [pattern]),
    ...(schema["minimum"] === undefined ? [] : [`from ${worded(schema["minimum"])}`]),
    ...(schema["maximum"] === undefined ? [] : [`to ${worded(schema["maximum"])}`]),
  ];
  return `<tr><th><code>${escaped(parameter["name"])}</code></th><td>${escaped(parameter["in"])}</td><td><code>${escaped(bounds.join(" "))}</code></td><td>${rich(parameter["description"])}</td></tr>`;
}

const titled = (title: string, body: string): string => (body === "" ? "" : `<h4>${title}</h4>${body}`);

function bodyHtml(operation: Json): string {
  const content = asRecord(asRecord(operation["requestBody"])["content"]);
  return Object.entries(content)
    .map(([type, media]) => {
      const { schema } = asRecord(media);
      return `<p><code>${escaped(type)}</code></p>${schema === undefined ? "" : pretty(schema)}`;
    })
    .join("");
}

function named(schema: unknown): string {
  const name = worded(asRecord(schema)["$ref"]).replace("#/components/schemas/", "");
  return name === "" ? "" : ` <a href="#schema-${escaped(name)}">${escaped(name)}</a>`;
}

function answerRow([status, answer]: readonly [string, unknown]): string {
  const { description, content } = asRecord(answer);
  const media = Object.entries(asRecord(content))
    .map(([type, each]) => `<code>${escaped(type)}</code>${named(asRecord(each)["schema"])}`)
    .join("<br>");
  return `<tr><th>${escaped(status)}</th><td>${media}</td><td>${rich(description)}</td></tr>`;
}

function operationHtml(path: string, verb: string, operation: Json): string {
  const rows = asList(operation["parameters"]).map(parameterRow).join("");
  const answers = Object.entries(asRecord(operation["responses"])).map(answerRow).join("");
  return `<details class="operation" id="${escaped(operation["operationId"])}">
<summary><span class="verb">${escaped(verb)}</span><span class="path">${escaped(path)}</span><span class="says">${rich(operation["summary"])}</span></summary>
<p>${rich(operation["description"])}</p>
${titled("Parameters", rows === "" ? "" : `<table>${rows}</table>`)}
${titled("Body", bodyHtml(operation))}
${titled("Answers", `<table>${answers}</table>`)}
</details>`;
}

function sectionHtml(tag: string, paths: Json): string {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(asRecord(item))
      .filter(([, operation]) => (asRecord(operation)["tags"] as readonly string[] | undefined)?.includes(tag))
      .map(([verb, operation]) => operationHtml(path, verb, asRecord(operation))),
  );
  return `<section class="tag"><h2>${escaped(tag)}</h2>${operations.join("\n")}</section>`;
}

const schemaHtml = ([name, schema]: readonly [string, unknown]): string =>
  `<details id="schema-${escaped(name)}"><summary><span class="verb">schema</span><span class="path">${escaped(name)}</span></summary>${pretty(schema)}</details>`;

/** @param document as openApiDocument makes it */
export function referencePage(document: Json): string {
  const { title, summary } = asRecord(document["info"]);
  const paths = asRecord(document["paths"]);
  const tags = asList(document["tags"]).map(({ name }) => sectionHtml(worded(name), paths));
  const schemas = Object.entries(asRecord(asRecord(document["components"])["schemas"])).map(schemaHtml);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}: the API</title>
<link rel="stylesheet" href="/v1/docs/style.css">
<script type="module" src="/v1/docs/script.js"></script>
</head>
<body>
<header>
<h1>${escaped(title)}: the API</h1>
<p>${rich(summary)} The same as a document: <a href="/v1/openapi.json">/v1/openapi.json</a> (OpenAPI 3.1).</p>
<p hidden><label for="filter">Filter</label> <input id="filter" type="search" autocomplete="off"> <small id="count"></small></p>
</header>
<main>
${tags.join("\n")}
<section><h2>Schemas</h2>${schemas.join("\n")}</section>
</main>
</body>
</html>
`;
}
