/** Return the values that differ from the defaults. */
export function withoutUsual<T extends object>(values: Partial<T>, usual: T): Partial<T> {
  const kept = Object.entries(values).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name as keyof T]),
  )
  return Object.fromEntries(kept) as Partial<T>
}

/** Return an error if the value isn't a whole number in the range, otherwise null. */
export function wholeNumberProblem(value: number, least: number, most: number): string | null {
  const isRight = Number.isInteger(value) && value >= least && value <= most
  return isRight
    ? null
    : `Enter a whole number from ${least.toLocaleString('en-US')} to ${most.toLocaleString('en-US')}.`
}

/** JavaScript numbers above this are not exact. */
export const MOST_SEED = Number.MAX_SAFE_INTEGER
export const TEN_YEARS_SECONDS = 10 * 366 * 86_400

/** Errors by the path of the config's field. */
export type Problems = Record<string, string>

/** Drop entries without an error. */
export function found(problems: Record<string, string | null | false>): Problems {
  return Object.fromEntries(
    Object.entries(problems).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}
