import type { ConfigInput } from '@/lib/api/exports'
import { type Problems, TEN_YEARS_SECONDS, found, withoutUsual } from './usual'

export interface LabelForm {
  isOn: boolean
  /** Whether anomalies without a log line label the lines of their device around them. */
  hasWindow: boolean
  beforeSeconds: number
  afterSeconds: number
  assumeNormal: boolean
  confirmedOnly: boolean
  labelledOnly: boolean
  /** None: all of them. */
  detectors: string[]
}

/** The initial window. */
const WINDOW_SECONDS = 300
const USUAL = {
  window_seconds: null,
  assume_normal: false,
  confirmed_only: false,
  only: false,
  detectors: [] as string[],
}

export function labelsToForm(labels: ConfigInput['labels']): LabelForm {
  const config = { ...USUAL, ...labels }
  const window = config.window_seconds ?? null
  return {
    isOn: labels !== undefined && labels !== null,
    hasWindow: window !== null,
    beforeSeconds: window?.before ?? WINDOW_SECONDS,
    afterSeconds: window?.after ?? WINDOW_SECONDS,
    assumeNormal: config.assume_normal,
    confirmedOnly: config.confirmed_only,
    labelledOnly: config.only,
    detectors: [...config.detectors],
  }
}

/** Return the config's `labels`; undefined where there are none. */
export function formToLabels(form: LabelForm): ConfigInput['labels'] {
  if (!form.isOn) return undefined
  const window = { before: form.beforeSeconds, after: form.afterSeconds }
  return withoutUsual<Record<string, unknown>>(
    {
      window_seconds: form.hasWindow ? window : null,
      assume_normal: form.assumeNormal,
      confirmed_only: form.confirmedOnly,
      only: form.labelledOnly,
      detectors: form.detectors,
    },
    USUAL,
  )
}

export function labelProblems(form: LabelForm): Problems {
  if (!form.isOn || !form.hasWindow) return {}
  const problem = (seconds: number) =>
    !(seconds >= 0 && seconds <= TEN_YEARS_SECONDS) && 'Enter a time from 0 to ten years.'
  return found({
    'labels.window_seconds.before': problem(form.beforeSeconds),
    'labels.window_seconds.after': problem(form.afterSeconds),
  })
}
