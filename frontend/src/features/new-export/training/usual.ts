/** Return what differs from what the service takes anyway: shorter to read and to paste. */
export function withoutUsual<T extends object>(values: Partial<T>, usual: T): Partial<T> {
  const kept = Object.entries(values).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name as keyof T]),
  )
  return Object.fromEntries(kept) as Partial<T>
}

/** Return a message where a value is no whole number in a range, else nothing. */
export function wholeNumberProblem(value: number, least: number, most: number): string | null {
  const isRight = Number.isInteger(value) && value >= least && value <= most
  return isRight
    ? null
    : `Enter a whole number from ${least.toLocaleString('en-US')} to ${most.toLocaleString('en-US')}.`
}

/** Larger whole numbers are no longer exact here. */
export const MOST_SEED = Number.MAX_SAFE_INTEGER
export const TEN_YEARS_SECONDS = 10 * 366 * 86_400

/** What is wrong, by the path of the config's field. */
export type Problems = Record<string, string>

/** Leave out what is not wrong. */
export function found(problems: Record<string, string | null | false>): Problems {
  return Object.fromEntries(
    Object.entries(problems).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}
