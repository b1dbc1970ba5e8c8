import { parse } from "@babel/parser";

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Attributes that people read or hear, whatever stands in them. */
const READ = new Set(
  "aria-label aria-description aria-valuetext title placeholder alt label hint description text detail lead confirm send waiting nothing".split(
    " ",
  ),
);
/** Attributes and properties that nobody reads. */
const TECHNICAL = new Set(
  "className id key htmlFor href type role rel target autoComplete autoCapitalize inputMode d viewBox fill variant size tone aria-labelledby aria-describedby aria-controls aria-live aria-keyshortcuts method src style dir lang action look kind".split(
    " ",
  ),
);
/** Of what these are given, nothing is shown. */
const CLASSES_OR_CODE = new Set([
  "cn",
  "cva",
  "merged",
  "addEventListener",
  "closest",
  "querySelector",
]);

const hasLetter = (text: string) => /\p{L}/u.test(text);
/** As Tailwind's classes are: with dashes, colons and brackets, and no sentence among them. */
const isClasses = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .some((one) => /^[a-z0-9!@*&>-]*[-:[\]/][^\sA-Z]*[^\sA-Z:,.]$/.test(one)) &&
  !(/[.?!,…]( |$)/.test(text) && /\p{Lu}/u.test(text));

/** Whether a text reads like words of a language, not like a name within a program. */
function isWords(text: string): boolean {
  if (!hasLetter(text) || /^\([a-z-]+: /.test(text) || text.includes("path=/")) return false;
  if (/^[^\p{L}]*\p{Lu}\p{Ll}/u.test(text)) return !/^[A-Z][a-z]+[A-Z][A-Za-z]*$/.test(text);
  return /\s/.test(text) && !isClasses(text);
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";
const nodesOf = (value: unknown): Node[] =>
  Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [];
const nameOf = (node: unknown) => (isNode(node) ? String(node.name ?? node.value ?? "") : "");

/**
 * What a person would read of a module with components, where it stands in the module itself:
 * text between tags, in attributes, and in the program. Types, imports, classes, and what is only
 * compared with are none.
 */
export function textsIn(source: string): string[] {
  const found: string[] = [];
  const ast = parse(source, { sourceType: "module", plugins: ["typescript", "jsx"] });
  walk(ast.program as unknown as Node, false, found);
  return found;
}

/** ``isRead``: whatever stands here is read, also a word in small letters. */
function walk(node: Node, isRead: boolean, found: string[]): void {
  const into = (value: unknown, read = false) => {
    for (const one of nodesOf(value)) walk(one, read, found);
  };
  const take = (text: string) => {
    if (isRead ? hasLetter(text) : isWords(text)) found.push(text.trim());
  };
  switch (node.type) {
    case "ImportDeclaration":
    case "ImportExpression":
    case "Directive":
      return;
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
      into(node.expression, isRead);
      return;
    case "JSXText":
      if (hasLetter(String(node.value))) found.push(String(node.value).trim());
      return;
    case "JSXElement":
    case "JSXFragment":
      into((node.openingElement as Node | undefined)?.attributes);
      into(node.children, true);
      return;
    case "JSXExpressionContainer":
      into(node.expression, isRead);
      return;
    case "JSXAttribute": {
      const name = nameOf(node.name);
      if (TECHNICAL.has(name) || name.startsWith("data-")) return;
      into(node.value, READ.has(name));
      return;
    }
    case "StringLiteral":
      take(String(node.value));
      return;
    case "TemplateLiteral":
      for (const one of nodesOf(node.quasis)) take((one.value as { cooked: string }).cooked);
      into(node.expressions);
      return;
    case "BinaryExpression": {
      const isSum = node.operator === "+";
      for (const side of nodesOf([node.left, node.right]))
        if (isSum || side.type !== "StringLiteral") walk(side, isSum && isRead, found);
      return;
    }
    case "ConditionalExpression":
      into(node.test);
      into(node.consequent, isRead);
      into(node.alternate, isRead);
      return;
    case "LogicalExpression":
      into(node.left, isRead && node.operator !== "&&");
      into(node.right, isRead);
      return;
    case "SwitchCase":
      into(node.consequent);
      return;
    case "ObjectProperty":
      if (TECHNICAL.has(nameOf(node.key)) && isNode(node.value) && !("properties" in node.value)) {
        return;
      }
      into(node.value, READ.has(nameOf(node.key)));
      return;
    case "CallExpression":
    case "NewExpression": {
      const callee = node.callee as Node;
      if (CLASSES_OR_CODE.has(nameOf(callee.property ?? callee)) || callee.type === "Import")
        return;
      into(callee);
      into(node.arguments);
      return;
    }
  }
  if (node.type.startsWith("TS")) return;
  for (const [key, value] of Object.entries(node))
    if (
      !/^(loc|extra|errors|type|typeAnnotation|typeParameters|typeArguments|returnType|.*Comments)$/.test(
        key,
      )
    )
      into(value);
}
