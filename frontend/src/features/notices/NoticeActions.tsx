import { Button } from '@mantine/core'
import { ConfirmButton } from '@/components/ConfirmButton'
import { type Delivery, type Notice, noticeKeys, removeNotice, testNotice } from '@/lib/api/notices'
import { useCall } from '@/lib/calls'

interface NoticeActionsProps {
  notice: Notice
  onRemoved: () => void
}

/** Send a test, and remove. */
export function NoticeActions({ notice, onRemoved }: NoticeActionsProps) {
  const { notice_id: id, name } = notice
  const test = useCall({
    call: () => testNotice(id),
    refreshes: noticeKeys.one(id),
    done: testText,
    failed: 'The test was not sent',
  })
  const remove = useCall({
    call: () => removeNotice(id),
    refreshes: [...noticeKeys.all, 'list'],
    done: `Removed ${name}.`,
    failed: 'The notice was not removed',
    onDone: onRemoved,
  })
  return (
    <>
      <Button onClick={() => test.mutate()} loading={test.isPending}>
        Send a test
      </Button>
      <ConfirmButton
        question={`Remove the notice ${name}?`}
        explanation="Nothing more is sent, and its deliveries are forgotten. To stop it for a while, turn it off."
        confirm="Remove notice"
        cancel="Keep notice"
        onConfirm={() => remove.mutate()}
        loading={remove.isPending}
      >
        Remove
      </ConfirmButton>
    </>
  )
}

function testText({ status, error }: Delivery): string {
  if (status === 'delivered') return 'The test was delivered.'
  return `The test was not delivered${error ? `: ${error}` : ''}.`
}
