import ts from 'typescript';

export interface PublicName {
  readonly name: string;
  /** There is something of that name when the program runs; otherwise it is a type only. */
  readonly isValue: boolean;
}

/** Every name that the declarations of an entry point export, sorted. */
export function publicNames(declarations: string): PublicName[] {
  const program = ts.createProgram([declarations], { module: ts.ModuleKind.NodeNext, skipLibCheck: true });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(declarations);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${declarations} exports nothing`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => ({ name: symbol.name, isValue: isValue(symbol, checker) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isValue(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  const isTypeOnly = symbol.declarations?.some(
    (declaration) =>
      ts.isExportSpecifier(declaration) && (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly),
  );
  if (isTypeOnly) return false;
  const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return (meant.flags & ts.SymbolFlags.Value) !== 0;
}

/** What was added to and taken from a list of names. */
export function changesOf(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...after.filter((name) => !before.includes(name)).map((name) => `+ ${name}`),
    ...before.filter((name) => !after.includes(name)).map((name) => `- ${name}`),
  ];
}
