import type { cleanUp } from '@/lib/api/exports'

/** What the dialog holds; empty text where there is no limit. */
export interface Limits {
  days: number | string
  gibibytes: number | string
  count: number | string
}

export const NO_LIMITS: Limits = { days: '', gibibytes: '', count: '' }

const GIB = 1024 ** 3

/** Return what the service takes: only the limits that are set. */
export function limitsToRequest({ days, gibibytes, count }: Limits): Parameters<typeof cleanUp>[0] {
  return {
    // The service knows no limit of zero days; a limit that is not there keeps more than one that is.
    ...(typeof days === 'number' && days > 0 && { days }),
    ...(typeof gibibytes === 'number' && { total_bytes: Math.round(gibibytes * GIB) }),
    ...(typeof count === 'number' && { keep_last: count }),
  }
}
