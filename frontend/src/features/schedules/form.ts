import {
  CATCH_UPS,
  type CatchUp,
  OVERLAPS,
  type Overlap,
  type Schedule,
  type ScheduleBody,
  type Timing,
} from '@/lib/api/schedules'
import { type GateForm, formToGate, gateToForm } from '@/lib/gate'
import { browserZone } from '@/lib/time'

/** What the form of a schedule holds. */
export interface ScheduleForm {
  name: string
  mode: 'cron' | 'interval'
  cron: string
  /** NaN if the field is empty. */
  everySeconds: number
  zone: string
  catchUp: CatchUp
  overlap: Overlap
  /** NaN: never. */
  pauseAfterFailures: number
  jitterSeconds: number
  gate: GateForm
  /** The config as JSON. */
  config: string
}

export const PRESETS = [
  { label: 'Every hour', cron: '0 * * * *' },
  { label: 'Every night', cron: '0 2 * * *' },
  { label: 'Mondays', cron: '0 6 * * 1' },
  { label: 'First of the month', cron: '0 3 1 * *' },
] as const

/** Longest name that the service takes. */
const MOST_NAME = 100
const USUAL_CONFIG = { data_types: ['logs'], output_format: 'parquet', compression: 'zstd' }

/** Return the form of a new schedule for a config, with a name to begin with. */
export function newSchedule(config: object = USUAL_CONFIG, name = ''): ScheduleForm {
  const isIncremental = (config as Record<string, unknown>)['incremental'] === true
  return {
    name: name.slice(0, MOST_NAME),
    mode: 'cron',
    cron: PRESETS[1].cron,
    everySeconds: 3600,
    zone: browserZone(),
    catchUp: 'one',
    // An increment that is skipped would only make the next one larger; a full export would be doubled.
    overlap: isIncremental ? 'queue' : 'skip',
    pauseAfterFailures: 5,
    jitterSeconds: 0,
    gate: gateToForm(null),
    config: JSON.stringify(config, null, 2),
  }
}

export function scheduleToForm(schedule: Schedule): ScheduleForm {
  return {
    name: schedule.name,
    mode: schedule.cron === null ? 'interval' : 'cron',
    cron: schedule.cron ?? PRESETS[1].cron,
    everySeconds: schedule.every_seconds ?? 3600,
    zone: schedule.time_zone,
    catchUp: schedule.catch_up,
    overlap: schedule.overlap,
    pauseAfterFailures: schedule.pause_after_failures ?? NaN,
    jitterSeconds: schedule.jitter_seconds,
    gate: gateToForm(schedule.gate),
    config: JSON.stringify(schedule.config, null, 2),
  }
}

/** Return when such a schedule runs. */
export function timingOf({ mode, cron, everySeconds, zone }: ScheduleForm): Timing {
  return mode === 'cron'
    ? { cron: cron.trim(), every_seconds: null, time_zone: zone }
    : { cron: null, every_seconds: everySeconds, time_zone: zone }
}

/** Return the schedule to send. Throws SyntaxError if the config isn't JSON. */
export function formToSchedule(form: ScheduleForm): ScheduleBody {
  return {
    name: form.name.trim(),
    config: JSON.parse(form.config) as ScheduleBody['config'],
    ...timingOf(form),
    catch_up: form.catchUp,
    overlap: form.overlap,
    pause_after_failures: Number.isNaN(form.pauseAfterFailures) ? null : form.pauseAfterFailures,
    jitter_seconds: Number.isNaN(form.jitterSeconds) ? 0 : form.jitterSeconds,
    gate: formToGate(form.gate),
  }
}

/** Return the config of the form; null if it isn't a JSON object. */
export function configOf({ config }: ScheduleForm): Record<string, unknown> | null {
  try {
    const found: unknown = JSON.parse(config)
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? (found as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

export const catchUpOf = (name: string | null): CatchUp => CATCH_UPS.find((known) => known === name) ?? 'one'
export const overlapOf = (name: string | null): Overlap => OVERLAPS.find((known) => known === name) ?? 'skip'
