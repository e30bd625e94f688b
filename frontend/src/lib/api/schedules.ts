import { queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap, unwrapNothing } from './client'

export type CatchUp = Schemas['CatchUp']
export type Overlap = Schemas['Overlap']
export type Schedule = Schemas['ScheduleReport']
export type ScheduleBody = Schemas['ScheduleDefinition']
export type ScheduleRun = Schemas['RunReport']
/** When a schedule runs: by cron or by an interval, in a time zone. */
export type Timing = Pick<Schedule, 'cron' | 'every_seconds' | 'time_zone'>

export const CATCH_UPS = ['none', 'one', 'all'] as const satisfies readonly CatchUp[]
export const OVERLAPS = ['skip', 'queue'] as const satisfies readonly Overlap[]

const SCHEDULES = '/api/v1/schedules'
const ONE = `${SCHEDULES}/{schedule_id}` as const
const at = (scheduleId: string) => ({ params: { path: { schedule_id: scheduleId } } })

export const scheduleKeys = {
  all: ['schedules'] as const,
  one: (scheduleId: string) => ['schedules', 'one', scheduleId] as const,
}

export const schedulesQuery = () =>
  queryOptions({
    queryKey: [...scheduleKeys.all, 'list'],
    queryFn: async ({ signal }) => (await unwrap(api.GET(SCHEDULES, { signal }))).schedules,
  })

export const scheduleQuery = (scheduleId: string) =>
  queryOptions({
    queryKey: scheduleKeys.one(scheduleId),
    queryFn: ({ signal }) => unwrap(api.GET(ONE, { ...at(scheduleId), signal })),
  })

export const runsQuery = (scheduleId: string) =>
  queryOptions({
    queryKey: [...scheduleKeys.one(scheduleId), 'runs'],
    queryFn: async ({ signal }) => (await unwrap(api.GET(`${ONE}/runs`, { ...at(scheduleId), signal }))).runs,
  })

/** When such a schedule runs: a sentence, and the next five times. */
export const occurrencesQuery = (timing: Timing) =>
  queryOptions({
    queryKey: ['schedule-preview', timing],
    queryFn: ({ signal }) => unwrap(api.POST(`${SCHEDULES}/preview`, { body: timing, signal })),
    retry: false,
    staleTime: 30_000,
  })

/** Create a schedule, or with an id change one. */
export const saveSchedule = (scheduleId: string | null, body: ScheduleBody) =>
  scheduleId === null
    ? unwrap(api.POST(SCHEDULES, { body }))
    : unwrap(api.PATCH(ONE, { ...at(scheduleId), body }))

export const pauseSchedule = (scheduleId: string) => unwrapNothing(api.POST(`${ONE}/pause`, at(scheduleId)))

export const resumeSchedule = (scheduleId: string) => unwrapNothing(api.POST(`${ONE}/resume`, at(scheduleId)))

/** Run it once now, beside its nominal times. */
export const runSchedule = (scheduleId: string) => unwrap(api.POST(`${ONE}/run`, at(scheduleId)))

export const removeSchedule = (scheduleId: string) => unwrapNothing(api.DELETE(ONE, at(scheduleId)))
