import { infiniteQueryOptions } from '@tanstack/react-query'
import type { operations } from './schema'
import { type Schemas, api, unwrap } from './client'

export type AuditLine = Schemas['AuditLine']
export type OutgoingItem = Schemas['OutgoingItem']
export type Action = Schemas['Action']
export type Result = Schemas['Result']
export type AuditFilter = Omit<
  NonNullable<operations['list_audit_lines']['parameters']['query']>,
  'before' | 'limit'
>
export type OutgoingFilter = Omit<AuditFilter, 'action' | 'result'>

export const RESULTS = ['ok', 'refused', 'failed'] as const satisfies readonly Result[]
export const ACTIONS = [
  'login',
  'login_failed',
  'logout',
  'user_created',
  'user_changed',
  'user_disabled',
  'user_enabled',
  'user_deleted',
  'password_changed',
  'role_changed',
  'key_created',
  'key_revoked',
  'policy_changed',
  'policy_deleted',
  'access_refused',
  'export_created',
  'export_completed',
  'export_failed',
  'export_cancelled',
  'export_retried',
  'export_deleted',
  'export_named',
  'export_shared',
  'exports_compared',
  'export_published',
  'destination_added',
  'destination_probed',
  'destination_removed',
  'destination_cleaned',
  'source_added',
  'source_mapped',
  'source_removed',
  'preview',
  'download_started',
  'download',
  'dataset_verified',
  'load_created',
  'load_deleted',
  'format_saved',
  'format_deleted',
  'gate_changed',
  'version_held',
  'version_published',
  'version_dropped',
  'version_withdrawn',
  'version_tagged',
  'version_untagged',
  'retention_changed',
  'tables_changed',
  'backfill_started',
  'backfill_cancelled',
  'notice_created',
  'notice_changed',
  'notice_tested',
  'notice_deleted',
  'schedule_created',
  'schedule_changed',
  'schedule_paused',
  'schedule_resumed',
  'schedule_run',
  'schedule_deleted',
  'preset_saved',
  'preset_deleted',
  'pseudonyms_reversed',
  'pseudonyms_mapped',
  'settings_changed',
  'audit_exported',
  'audit_pruned',
] as const satisfies readonly Action[]

const PAGE = 100
export const AUDIT_EXPORT_URL = '/api/v1/audit/export'

/** Lines of the trail, newest first, a page at a time. */
export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'lines', filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/audit', {
          params: { query: { ...filter, before: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before,
  })

/** What left, newest first, a page at a time. */
export const outgoingQuery = (filter: OutgoingFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'outgoing', filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/v1/audit/outgoing', {
          params: { query: { ...filter, before: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before,
  })

/** Check the chain; `expect` is the hash of an earlier check, or empty. */
export const verifyTrail = (expect: string) =>
  unwrap(api.GET('/api/v1/audit/verify', { params: { query: expect === '' ? {} : { expect } } }))
