import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { NewSecret } from '@/features/notices/NewSecret'
import { NoticeForm } from '@/features/notices/NoticeForm'
import { NoticeTable } from '@/features/notices/NoticeTable'
import { type NoticeWithSecret, noticesQuery } from '@/lib/api/notices'
import { useMay } from '@/lib/session'

/** Whom the service tells about exports and schedules. */
export function NoticesPage() {
  return (
    <Allowed scope="exports:read" title="Notices">
      <Notices />
    </Allowed>
  )
}

function Notices() {
  const navigate = useNavigate()
  const mayAdd = useMay('exports:write')
  const notices = useQuery(noticesQuery())
  const [added, setAdded] = useState<NoticeWithSecret | null>(null)
  const toNotice = ({ notice_id: noticeId }: NoticeWithSecret) =>
    void navigate({ to: '/notices/$noticeId', params: { noticeId } })
  const [isAdding, { open, close }] = useDisclosure(false)
  return (
    <>
      <PageHeader
        title="Notices"
        description="Webhooks and e-mails about exports, versions and schedules."
        actions={mayAdd && <Button onClick={open}>Add notice</Button>}
      />
      <QueryView
        query={notices}
        errorTitle="The notices could not be loaded"
        loading={<LoadingLines count={4} height={36} />}
        isEmpty={(found) => found.length === 0}
        empty={
          <EmptyState title="No notices yet">
            A notice tells people or programs that an export completed or failed, that a version is held, that
            a schedule was paused, or that no new data came. Nobody has to look at these pages for that.
          </EmptyState>
        }
      >
        {(found) => <NoticeTable notices={found} />}
      </QueryView>
      <Modal opened={isAdding} onClose={close} title="Add a notice" size="lg">
        <NoticeForm
          notice={null}
          onSaved={(saved) => {
            if (saved.secret === null) return toNotice(saved)
            close()
            setAdded(saved)
          }}
        />
      </Modal>
      <NewSecret secret={added?.secret ?? null} onClose={() => added && toNotice(added)} />
    </>
  )
}
