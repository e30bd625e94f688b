/** Whether the manifest of an export has splits, labels or privacy to show. */
export function hasProof(config: Record<string, unknown>): boolean {
  const isSet = (name: string) => config[name] !== undefined && config[name] !== null
  return (
    ['labels', 'sample', 'privacy'].some(isSet) ||
    (isSet('split') && field(config['split'], 'mode') !== 'none') ||
    (isSet('deduplicate') && field(config['deduplicate'], 'mode') !== 'off')
  )
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
