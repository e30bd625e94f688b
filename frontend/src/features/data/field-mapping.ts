/** Read one `column=field` per line. */
export function mappingOf(text: string): Record<string, string> {
  const pairs = text.split('\n').map((line) => line.split(/=(.*)/s).map((part) => part.trim()))
  return Object.fromEntries(pairs.filter(([column, field]) => column && field).map(([a, b]) => [a, b]))
}

/** Write one `column=field` per line. */
export function textOf(mapping: Record<string, string> | undefined): string {
  return Object.entries(mapping ?? {})
    .map(([column, field]) => `${column}=${field}`)
    .join('\n')
}
