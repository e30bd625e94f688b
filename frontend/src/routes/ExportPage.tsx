import { Anchor, Text } from '@mantine/core'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { CodeBlock } from '@/components/CodeBlock'
import { EmptyState } from '@/components/EmptyState'
import { ExportName } from '@/components/ExportName'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { StatusBadge } from '@/components/StatusBadge'
import { ExportVersion } from '@/features/datasets/ExportVersion'
import { ExportResult } from '@/features/export-result/ExportResult'
import { DoneNotice } from '@/features/export-status/DoneNotice'
import { ExportActions } from '@/features/export-status/ExportActions'
import { ExportStatus } from '@/features/export-status/ExportStatus'
import { RunReport } from '@/features/export-status/RunReport'
import { tabTitle } from '@/features/export-status/tab-title'
import { useExport } from '@/features/export-status/useExport'
import { Ownership } from '@/features/sharing/Ownership'
import { isMissing } from '@/lib/api/problem'
import { useMay } from '@/lib/session'

/** One export: its way to the end, and then its result. */
export function ExportPage() {
  const { exportId } = useParams({ from: '/exports/$exportId' })
  return (
    <Allowed scope="exports:read" title="Export">
      <ExportScreen key={exportId} exportId={exportId} />
    </Allowed>
  )
}

interface ExportScreenProps {
  exportId: string
}

function ExportScreen({ exportId }: ExportScreenProps) {
  const navigate = useNavigate()
  const { details, status, progress, isStreaming } = useExport(exportId)
  const found = details.data
  const journal = progress?.reported?.journal
  const title = found?.name ?? `Export ${exportId.slice(0, 8)}`
  const isGone = isMissing(details.error)
  const mayExport = useMay('exports:write')
  const openFix = (fix: string) => void navigate({ to: '/', search: { from: exportId, fix } })
  return (
    <>
      <PageHeader
        title={title}
        tab={tabTitle(title, status, progress)}
        badge={found && <StatusBadge status={status ?? found.status} isCancelling={found.is_cancelling} />}
        actions={
          found && (
            <>
              {found.status === 'completed' && (
                <LinkButton to="/exports/$exportId/rows" params={{ exportId }}>
                  View rows
                </LinkButton>
              )}
              <ExportActions
                details={found}
                onDeleted={() => void navigate({ to: '/exports' })}
                onCreated={(id) => void navigate({ to: '/exports/$exportId', params: { exportId: id } })}
              />
            </>
          )
        }
      />
      {isGone ? (
        <EmptyState
          title="Export not found"
          action={
            <Anchor component={Link} to="/exports">
              Open history
            </Anchor>
          }
        >
          It may have been deleted by a user or by retention. Its id is {exportId}.
        </EmptyState>
      ) : (
        <QueryView
          query={details}
          errorTitle="The export could not be loaded"
          loading={<LoadingLines count={6} height={32} />}
        >
          {(data) => (
            <>
              <ExportName details={data} />
              <Ownership details={data} />
              <ExportVersion details={data} />
              <DoneNotice title={title} status={status ?? data.status} />
              <ExportStatus
                details={data}
                status={status ?? data.status}
                progress={progress}
                isStreaming={isStreaming}
              />
              {data.status === 'completed' && (
                <ExportResult details={data} onFix={mayExport ? openFix : undefined}>
                  {journal && <RunReport journal={journal} />}
                </ExportResult>
              )}
              {journal && (data.status === 'failed' || data.status === 'cancelled') && (
                <RunReport journal={journal} />
              )}
              <details style={{ marginTop: 16 }}>
                <Text component="summary" size="sm">
                  Config
                </Text>
                <CodeBlock text={JSON.stringify(data.export_config, null, 2)} label="config" />
              </details>
            </>
          )}
        </QueryView>
      )}
    </>
  )
}
