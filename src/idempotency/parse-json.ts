/**
 * The value of a JSON text, as `JSON.parse`, whose errors it throws. Every text that holds what users or agents have
 * named is parsed here: V8 gets some names wrong that are written with an escape (`"\""` becomes a backslash after
 * another object had a member of that name; https://github.com/nodejs/node/issues/63785), so those are put together from
 * their tokens.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return text.includes("\\") && escapedName.test(text) ? fromTokens(text) : value;
}

/** The last escape of a name, and what is left of that. */
const escapedName = /\\.[^"\\]*"\s*:/;

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/** An object or array that is not at its end, and the member that comes next. */
interface Open {
  readonly container: unknown[] | Record<string, unknown>;
  name: string | undefined;
}

/** `text` is JSON, as nested as it may be. */
function fromTokens(text: string): unknown {
  const root: Open = { container: [], name: undefined };
  const open = [root];
  for (const [token] of text.matchAll(tokens)) {
    const inner = open.at(-1) ?? root;
    if (token === "{" || token === "[") {
      const container = token === "{" ? {} : [];
      put(inner, container);
      open.push({ container, name: undefined });
    } else if (token === "}" || token === "]") open.pop();
    else if (token !== "," && token !== ":") putScalar(inner, JSON.parse(token));
  }
  return (root.container as unknown[])[0];
}

function putScalar(inner: Open, scalar: unknown): void {
  const isName = !Array.isArray(inner.container) && inner.name === undefined;
  if (isName) inner.name = scalar as string;
  else put(inner, scalar);
}

/** By definition, since assigning a member named `__proto__` would set the prototype instead. */
function put(inner: Open, value: unknown): void {
  const { container, name = "" } = inner;
  inner.name = undefined;
  if (Array.isArray(container)) container.push(value);
  else Object.defineProperty(container, name, { value, enumerable: true, configurable: true, writable: true });
}
