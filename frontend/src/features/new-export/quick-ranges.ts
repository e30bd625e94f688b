/** Quick choices of a range that ends now. Null: everything. */
export const QUICK_RANGES: { label: string; seconds: number | null }[] = [
  { label: 'All time', seconds: null },
  { label: 'Last hour', seconds: 3_600 },
  { label: 'Last day', seconds: 86_400 },
  { label: 'Last week', seconds: 7 * 86_400 },
  { label: 'Last month', seconds: 30 * 86_400 },
]

/** Return the first and last moment of a quick choice made at `now`, both to the second. */
export function quickRange(
  seconds: number | null,
  now: number,
): { start: string | null; end: string | null } {
  if (seconds === null) return { start: null, end: null }
  const end = Math.floor(now / 1000)
  return { start: momentAt(end - seconds), end: momentAt(end) }
}

function momentAt(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
