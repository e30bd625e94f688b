import type { ConfigInput } from '@/lib/api/exports'

type Word = readonly [option: string, value?: string | number | null]

/** The options for training and privacy on the command line; null where it has no words for them. */
export function trainingWords(config: ConfigInput): Word[] | null {
  const parts = [
    splitWords(config.split),
    columnWords(config.fields),
    labelWords(config.labels),
    sampleWords(config),
    miningWords(config),
    privacyWords(config.privacy),
  ]
  if (parts.some((words) => words === null)) return null
  return parts.flatMap((words) => words ?? []).filter(([, value]) => value !== null)
}

function splitWords(split: ConfigInput['split']): Word[] | null {
  if (!split) return []
  if (split.unseen !== undefined) return null
  const ratios = Object.entries(split.ratios ?? {}).map(([name, share]) => `${name}=${share}`)
  return [
    ['--split', split.mode ?? null],
    ['--split-ratio', ratios.length > 0 ? ratios.join(',') : null],
    ...Object.entries(split.dates ?? {}).map(([name, moment]): Word => ['--split-date', `${name}=${moment}`]),
    ['--embargo', secondsText(split.embargo_seconds)],
    ['--split-by', split.by ?? null],
    ['--split-seed', split.seed ?? null],
  ]
}

function columnWords(fields: ConfigInput['fields']): Word[] {
  return Object.entries(fields ?? {}).map(([kind, columns]) => ['--fields', `${kind}=${columns.join(',')}`])
}

function labelWords(labels: ConfigInput['labels']): Word[] {
  if (!labels) return []
  const window = labels.window_seconds
  return [
    ['--labels'],
    ['--label-window', window ? `${secondsText(window.before)},${secondsText(window.after)}` : null],
    ...(labels.assume_normal ? [['--assume-normal'] as const] : []),
    ...(labels.confirmed_only ? [['--confirmed-only'] as const] : []),
    ...(labels.detectors ?? []).map((name): Word => ['--detector', name]),
  ]
}

function sampleWords({ deduplicate, sample, order }: ConfigInput): Word[] {
  return [
    ['--sample', sample?.rows ?? sample?.share ?? null],
    ['--stratify', sample?.stratify ?? null],
    ['--sample-seed', sample?.seed ?? null],
    ['--deduplicate', deduplicate?.mode ?? null],
    ['--burst-seconds', deduplicate?.burst_seconds ?? null],
    ['--order', order?.by ?? null],
    ['--order-seed', order?.seed ?? null],
  ]
}

function miningWords({ templates, sequences }: ConfigInput): Word[] | null {
  if (templates && Object.keys(templates).length > 0) return null
  const { mode = 'sliding', size = null, step = null, ...rest } = sequences ?? {}
  if (Object.keys(rest).length > 0) return null
  return [
    ...(templates ? [['--templates'] as const] : []),
    ...(sequences
      ? ([
          ['--sequences', mode],
          ['--sequence-size', size],
          ['--sequence-step', step],
        ] as const)
      : []),
  ]
}

function privacyWords(privacy: ConfigInput['privacy']): Word[] | null {
  if (!privacy) return []
  const { addresses = 'on', ...rest } = privacy
  return Object.keys(rest).length > 0 ? null : [['--privacy', addresses]]
}

/** As a config has it, or null where it is as usual. */
function secondsText(seconds: number | undefined): string | null {
  return seconds === undefined ? null : `${seconds}s`
}
