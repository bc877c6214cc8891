/** A screen can do nothing that a command cannot: it reaches commands through the shell of the app and by no other way. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const folders = ["cli/app/screens", "cli/app/kit"];
/**
 * What a screen may run: the kit, words and widths, the shell, the views of documents and events, whose lines are the
 * ones a pipe gets; the rules that a name and a value are told to break as they are typed; and Ink and React to draw with.
 */
const mayRun = [
  /^cli\/app\/(kit|screens)\//,
  /^cli\/app\/(shell|words|plain-view)\.ts$/,
  /^cli\/(ui|views)\//,
  /^blueprints\/(app-name|setting-value)\.ts$/,
  /^(ink|react)$/,
];

interface Import {
  file: string;
  from: string;
  typesOnly: boolean;
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const dynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined;
    const specifier = dynamic ? node.arguments[0] : named;
    if (specifier && ts.isStringLiteral(specifier)) {
      const path = specifier.text.startsWith(".") ? join(dirname(file), specifier.text) : specifier.text;
      found.push({ file, from: path, typesOnly: ts.isImportDeclaration(node) && typesOnly(node.importClause) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function typesOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  const names = clause.namedBindings;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  return !clause.name && !!names && ts.isNamedImports(names) && names.elements.every(({ isTypeOnly }) => isTypeOnly);
}

const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
);

// A screen that reads a file or calls the deployment by itself would know and do what no command line can.
it("screens import types of commands and events, and run nothing but the app's kit", () => {
  const imports = files.filter((file) => /\.tsx?$/.test(file)).flatMap(importsOf);
  expect(imports.length).toBeGreaterThan(20);
  const wrong = imports.filter(({ from, typesOnly }) => !typesOnly && !mayRun.some((allowed) => allowed.test(from)));
  expect(wrong.map(({ file, from }) => `${file} -> ${from}`)).toEqual([]);
});
