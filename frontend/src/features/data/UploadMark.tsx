import { Anchor, Text } from '@mantine/core'
import { skipToken, useQuery } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import { uploadQuery } from '@/lib/api/ingest'
import { plural } from '@/lib/format'
import { useUploads } from './upload-context'

/** On other pages, says how far the files are that are being loaded, and which failed; leads to them. */
export function UploadMark() {
  const { files } = useUploads()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const sent = files.find(({ state }) => state === 'sending')
  const uploadId = sent?.uploadId ?? null
  const live = useQuery({
    ...uploadQuery(uploadId ?? ''),
    ...(uploadId === null ? { queryFn: skipToken, refetchInterval: false } : {}),
  })
  const waiting = files.filter(({ state }) => state === 'waiting').length
  const failed = files.filter(({ state }) => state === 'failed').length
  if (path === '/data' || (sent === undefined && waiting === 0 && failed === 0)) return null
  const received = (live.data?.bytes_received ?? 0) / Math.max(sent?.file.size ?? 0, 1)
  const share = `${Math.floor(Math.min(received, 1) * 100)}%`
  const isLoading = sent !== undefined || waiting > 0
  const problem = failed > 0 ? `${plural(failed, 'file')} failed` : null
  const progress = isLoading ? `Loading ${sent?.file.name ?? plural(waiting, 'file')}: ${share}` : null
  const rest = sent !== undefined && waiting > 0 ? `${plural(waiting, 'file')} queued` : null
  const said = [progress, rest, problem].filter((part) => part !== null).join(', ')
  return (
    <Anchor
      component={Link}
      to="/data"
      size="xs"
      c={failed > 0 ? 'var(--mantine-color-error)' : undefined}
      aria-label={said}
      style={{ whiteSpace: 'nowrap' }}
    >
      <Text span inherit visibleFrom="sm">
        {[isLoading ? `Loading ${share}` : null, problem].filter((part) => part !== null).join(', ')}
      </Text>
      <Text span inherit hiddenFrom="sm">
        {isLoading ? share : `${failed} failed`}
      </Text>
    </Anchor>
  )
}
