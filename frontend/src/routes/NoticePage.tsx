import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Section } from '@/components/Section'
import { DeliveryTable } from '@/features/notices/DeliveryTable'
import { NewSecret } from '@/features/notices/NewSecret'
import { NoticeActions } from '@/features/notices/NoticeActions'
import { NoticeForm } from '@/features/notices/NoticeForm'
import { NoticeBadge } from '@/features/notices/NoticeTable'
import { noticeQuery } from '@/lib/api/notices'
import { isMissing } from '@/lib/api/problem'
import { useMay } from '@/lib/session'

/** One notice: what it sent, and its settings. */
export function NoticePage() {
  const { noticeId } = useParams({ from: '/notices/$noticeId' })
  return (
    <Allowed scope="exports:read" title="Notice">
      <OneNotice key={noticeId} noticeId={noticeId} />
    </Allowed>
  )
}

interface OneNoticeProps {
  noticeId: string
}

function OneNotice({ noticeId }: OneNoticeProps) {
  const navigate = useNavigate()
  const notice = useQuery(noticeQuery(noticeId))
  const [secret, setSecret] = useState<string | null>(null)
  const mayChange = useMay('exports:write')
  const found = notice.data
  const toList = () => void navigate({ to: '/notices' })
  return (
    <>
      <PageHeader
        title={found ? `Notice ${found.name}` : 'Notice'}
        badge={found && <NoticeBadge isEnabled={found.is_enabled} />}
        actions={mayChange && found && <NoticeActions notice={found} onRemoved={toList} />}
      />
      {isMissing(notice.error) ? (
        <EmptyState title="Notice not found" action={<LinkButton to="/notices">All notices</LinkButton>}>
          It may have been removed.
        </EmptyState>
      ) : (
        <QueryView
          query={notice}
          errorTitle="The notice could not be loaded"
          loading={<LoadingLines count={8} height={32} />}
        >
          {(data) => (
            <Stack gap="xl">
              <DeliveryTable noticeId={noticeId} />
              {mayChange && (
                <Section title="Settings">
                  <NoticeForm notice={data} onSaved={(saved) => setSecret(saved.secret)} />
                </Section>
              )}
              <NewSecret secret={secret} onClose={() => setSecret(null)} />
            </Stack>
          )}
        </QueryView>
      )}
    </>
  )
}
