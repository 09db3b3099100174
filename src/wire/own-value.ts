/** A table's entry by a name that a caller chose: who asks for `constructor` gets none. */
export function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
