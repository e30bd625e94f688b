import type { Schemas } from '@/lib/api/client'
import type { ConfigInput } from '@/lib/api/exports'
import { type Problems, found, wholeNumberProblem, withoutUsual } from './usual'

type Sequences = Schemas['SequenceConfig']

/** Options for log templates and sequences. */
export interface MiningForm {
  hasTemplates: boolean
  masks: string[]
  /** Lines of a name, an equals sign and a regular expression. */
  customMasks: string
  keep: string[]
  similarity: number
  prefixTokens: number
  maxTemplates: number
  hasSequences: boolean
  mode: Sequences['mode']
  unit: Sequences['unit']
  size: number
  /** Null: the size. */
  step: number | null
  gapSeconds: number
  maxLength: number
  dropLast: boolean | null
}

export const MASKS = ['quoted', 'uuid', 'mac', 'ip', 'time', 'path', 'num', 'hex']
const USUAL_TEMPLATES = {
  masks: ['uuid', 'mac', 'ip', 'time', 'num', 'hex'],
  custom_masks: {} as Record<string, string>,
  keep: [] as string[],
  similarity: 0.7,
  prefix_tokens: 2,
  max_templates: 10_000,
}
const USUAL_SEQUENCES: Required<Sequences> = {
  mode: 'sliding',
  unit: 'events',
  size: 100,
  step: null,
  gap_seconds: 300,
  max_length: 512,
  drop_last: null,
}
const MOST_LINES = 10_000
const MOST_SECONDS = 366 * 86_400

export function miningToForm({
  templates,
  sequences,
}: Pick<ConfigInput, 'templates' | 'sequences'>): MiningForm {
  const mined = { ...USUAL_TEMPLATES, ...templates }
  const cut = { ...USUAL_SEQUENCES, ...sequences }
  return {
    hasTemplates: templates !== undefined && templates !== null,
    masks: [...mined.masks],
    customMasks: Object.entries(mined.custom_masks)
      .map(([name, pattern]) => `${name} = ${pattern}`)
      .join('\n'),
    keep: [...mined.keep],
    similarity: mined.similarity,
    prefixTokens: mined.prefix_tokens,
    maxTemplates: mined.max_templates,
    hasSequences: sequences !== undefined && sequences !== null,
    mode: cut.mode,
    unit: cut.unit,
    size: cut.size,
    step: cut.step,
    gapSeconds: cut.gap_seconds,
    maxLength: cut.max_length,
    dropLast: cut.drop_last,
  }
}

/** Return the config's `templates` and `sequences`, without what is as usual. */
export function formToMining(form: MiningForm): Pick<ConfigInput, 'templates' | 'sequences'> {
  const templates = {
    masks: form.masks,
    custom_masks: customMasks(form),
    keep: form.keep,
    similarity: form.similarity,
    prefix_tokens: form.prefixTokens,
    max_templates: form.maxTemplates,
  }
  const sequences = {
    mode: form.mode,
    ...(form.mode === 'sliding'
      ? { unit: form.unit, size: form.size, step: form.step }
      : { gap_seconds: form.gapSeconds }),
    ...(hasMaxLength(form) && { max_length: form.maxLength }),
    drop_last: form.dropLast,
  }
  return {
    ...(form.hasTemplates ? { templates: withoutUsual(templates, USUAL_TEMPLATES) } : {}),
    ...(form.hasSequences ? { sequences: withoutUsual<Sequences>(sequences, USUAL_SEQUENCES) } : {}),
  }
}

/** Return name and pattern of each line; a pattern may hold spaces and equals signs. */
function customMasks({ customMasks: text }: MiningForm): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = line, pattern = ''] = /^([^=]*?)\s*=\s?(.*)$/.exec(line) ?? []
      return [name.trim(), pattern]
    }),
  )
}

/** Whether sequences have a variable length. */
export function hasMaxLength({ mode, unit }: MiningForm): boolean {
  return mode === 'session' || unit === 'seconds'
}

export function miningProblems(form: MiningForm): Problems {
  const isSliding = form.mode === 'sliding'
  const problems = {
    ...(form.hasTemplates && {
      'templates.similarity': !(form.similarity >= 0 && form.similarity <= 1) && 'Enter 0 to 100%.',
      'templates.prefix_tokens': wholeNumberProblem(form.prefixTokens, 1, 20),
      'templates.max_templates': wholeNumberProblem(form.maxTemplates, 1, 1_000_000),
    }),
    ...(form.hasSequences && {
      'sequences.size':
        isSliding && wholeNumberProblem(form.size, 1, form.unit === 'events' ? MOST_LINES : MOST_SECONDS),
      'sequences.step':
        isSliding && form.step !== null && form.size >= 1 && wholeNumberProblem(form.step, 1, form.size),
      'sequences.gap_seconds': !isSliding && wholeNumberProblem(form.gapSeconds, 1, MOST_SECONDS),
      'sequences.max_length': hasMaxLength(form) && wholeNumberProblem(form.maxLength, 1, MOST_LINES),
    }),
  }
  return found(problems)
}
