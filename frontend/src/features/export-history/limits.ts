import type { cleanUp } from '@/lib/api/exports'

/** Values of the dialog; empty text for no limit. */
export interface Limits {
  days: number | string
  gibibytes: number | string
  count: number | string
}

export const NO_LIMITS: Limits = { days: '', gibibytes: '', count: '' }

const GIB = 1024 ** 3

/** Return the limits that are set, for the service. */
export function limitsToRequest({ days, gibibytes, count }: Limits): Parameters<typeof cleanUp>[0] {
  return {
    // The service rejects zero days. No limit is the safe choice: it keeps more.
    ...(typeof days === 'number' && days > 0 && { days }),
    ...(typeof gibibytes === 'number' && { total_bytes: Math.round(gibibytes * GIB) }),
    ...(typeof count === 'number' && { keep_last: count }),
  }
}
