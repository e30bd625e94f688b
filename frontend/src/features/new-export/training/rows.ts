import type { Schemas } from '@/lib/api/client'
import type { ConfigInput } from '@/lib/api/exports'
import { MOST_SEED, type Problems, found, wholeNumberProblem, withoutUsual } from './usual'

/** Options for duplicates, sample and order. */
export interface RowsForm {
  duplicates: Schemas['DuplicateMode']
  burstSeconds: number
  sampleBy: 'all' | 'share' | 'rows'
  /** From 0 to 1. */
  share: number
  rows: number
  stratify: Schemas['SampleOptions']['stratify']
  sampleSeed: number
  order: Schemas['OrderOptions']['by']
  orderSeed: number
}

const USUAL_BURST_SECONDS = 60
const MOST_BURST_SECONDS = 3_600

export function rowsToForm({
  deduplicate,
  sample,
  order,
}: Pick<ConfigInput, 'deduplicate' | 'sample' | 'order'>): RowsForm {
  const share = sample?.share ?? null
  const rows = sample?.rows ?? null
  return {
    duplicates: deduplicate?.mode ?? 'off',
    burstSeconds: deduplicate?.burst_seconds ?? USUAL_BURST_SECONDS,
    sampleBy: share !== null ? 'share' : rows !== null ? 'rows' : 'all',
    share: share ?? 0.1,
    rows: rows ?? 10_000,
    stratify: sample?.stratify ?? null,
    sampleSeed: sample?.seed ?? 0,
    order: order?.by ?? 'time',
    orderSeed: order?.seed ?? 0,
  }
}

/** Return the config's `deduplicate`, `sample` and `order`, without what is as usual. */
export function formToRows(form: RowsForm): Pick<ConfigInput, 'deduplicate' | 'sample' | 'order'> {
  const burst = withoutUsual({ burst_seconds: form.burstSeconds }, { burst_seconds: USUAL_BURST_SECONDS })
  const seeded = withoutUsual({ stratify: form.stratify, seed: form.sampleSeed }, {
    stratify: null,
    seed: 0,
  } as { stratify: RowsForm['stratify']; seed: number })
  return {
    ...(form.duplicates === 'off'
      ? {}
      : { deduplicate: { mode: form.duplicates, ...(form.duplicates === 'burst' ? burst : {}) } }),
    ...(form.sampleBy === 'all'
      ? {}
      : {
          sample: { ...(form.sampleBy === 'share' ? { share: form.share } : { rows: form.rows }), ...seeded },
        }),
    ...(form.order === 'time'
      ? {}
      : { order: { by: form.order, ...withoutUsual({ seed: form.orderSeed }, { seed: 0 }) } }),
  }
}

export function rowsProblems(form: RowsForm): Problems {
  return found({
    'deduplicate.burst_seconds':
      form.duplicates === 'burst' && wholeNumberProblem(form.burstSeconds, 1, MOST_BURST_SECONDS),
    'sample.share':
      form.sampleBy === 'share' &&
      !(form.share > 0 && form.share < 1) &&
      'Enter more than 0 and less than 100%.',
    'sample.rows': form.sampleBy === 'rows' && wholeNumberProblem(form.rows, 1, Number.MAX_SAFE_INTEGER),
    'sample.seed': form.sampleBy !== 'all' && wholeNumberProblem(form.sampleSeed, 0, MOST_SEED),
    'order.seed': form.order === 'shuffle' && wholeNumberProblem(form.orderSeed, 0, MOST_SEED),
  })
}
