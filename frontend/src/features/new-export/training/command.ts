import type { ConfigInput } from '@/lib/api/exports'

type Word = readonly [option: string, value?: string | number | null]

/** Return the command-line options for training and privacy; null if there are none for the config. */
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

function splitWords(split: ConfigInput['split']): Word[] {
  if (!split) return []
  const ratios = Object.entries(split.ratios ?? {}).map(([name, share]) => `${name}=${share}`)
  return [
    ['--split', split.mode ?? null],
    ['--split-ratio', ratios.length > 0 ? ratios.join(',') : null],
    ...Object.entries(split.dates ?? {}).map(([name, moment]): Word => ['--split-date', `${name}=${moment}`]),
    ['--embargo', secondsText(split.embargo_seconds)],
    ['--split-by', split.by ?? null],
    ['--split-stratify', split.stratify ?? null],
    ['--unseen', split.unseen ?? null],
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
    ...(labels.only ? [['--labelled-only'] as const] : []),
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
  return [...(templates ? [['--templates'] as const] : []), ...sequenceWords(sequences)]
}

function sequenceWords(sequences: ConfigInput['sequences']): Word[] {
  if (!sequences) return []
  const { drop_last: dropsLast = null } = sequences
  return [
    ['--sequences', sequences.mode ?? 'sliding'],
    ['--sequence-unit', sequences.unit ?? null],
    ['--sequence-size', sequences.size ?? null],
    ['--sequence-step', sequences.step ?? null],
    ['--sequence-gap', secondsText(sequences.gap_seconds)],
    ['--sequence-max-length', sequences.max_length ?? null],
    ...(dropsLast === null ? [] : [[dropsLast ? '--sequence-drop-last' : '--sequence-keep-last'] as const]),
  ]
}

function privacyWords(privacy: ConfigInput['privacy']): Word[] {
  if (!privacy) return []
  const { identifiers } = privacy
  return [
    ['--privacy', privacy.addresses ?? 'on'],
    ['--ipv4-prefix', privacy.ipv4_prefix ?? null],
    ['--ipv6-prefix', privacy.ipv6_prefix ?? null],
    ['--identifiers', identifiers ? identifiers.join(',') || 'none' : null],
    ['--privacy-context', privacy.context ?? null],
    ['--set', privacy.rules ? `privacy.rules=${JSON.stringify(privacy.rules)}` : null],
    ...(privacy.k_anonymity ?? []).map((columns) => ['--k-anonymity', columns.join(',')] as const),
    ...(privacy.drop_scope ? [['--drop-scope'] as const] : []),
    ...(privacy.renumber_ids ? [['--renumber-ids'] as const] : []),
    ...(privacy.shift_times ? [['--shift-times'] as const] : []),
    ['--shift-group', privacy.shift_group ?? null],
    ...(privacy.known_values ? [['--known-values'] as const] : []),
    ...(privacy.secrets === false ? [['--keep-secrets'] as const] : []),
  ]
}

/** Return the value of the config, or null if it is the default. */
function secondsText(seconds: number | undefined): string | null {
  return seconds === undefined ? null : `${seconds}s`
}
