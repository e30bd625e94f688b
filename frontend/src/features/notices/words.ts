import type { NoticeEvent } from '@/lib/api/notices'

export const EVENT_WORDS: Record<NoticeEvent, string> = {
  completed: 'Completed',
  failed: 'Failed',
  held: 'Version held',
  paused: 'Schedule paused',
  no_new_data: 'No new data',
  tables_failed: 'Tables behind',
}

/** Return the name of an event in words; others, such as a test, as they are. */
export function eventText(event: string): string {
  return EVENT_WORDS[event as NoticeEvent] ?? event.replaceAll('_', ' ')
}
