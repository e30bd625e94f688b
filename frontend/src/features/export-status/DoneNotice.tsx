import { Button, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { ENDED } from '@/lib/api/exports'

interface DoneNoticeProps {
  title: string
  status: string
}

/** Lets the browser tell when an export has ended, if the person asks for it. */
export function DoneNotice({ title, status }: DoneNoticeProps) {
  const [answer, setAnswer] = useState<NotificationPermission | null>(null)
  const hasEnded = ENDED.includes(status)
  const isAsked = answer === 'granted'
  useEffect(() => {
    if (isAsked && hasEnded) new Notification(`${title}: ${status}`, { tag: title, icon: '/favicon.svg' })
  }, [isAsked, hasEnded, title, status])
  // Browsers have it on this machine and over HTTPS only.
  if (hasEnded || !('Notification' in window)) return null
  return answer === null ? (
    <Button
      size="compact-sm"
      variant="default"
      mb="md"
      onClick={() => void Notification.requestPermission().then(setAnswer)}
    >
      Notify me when it is done
    </Button>
  ) : (
    <Text size="sm" mb="md" mih={26} role="status">
      {isAsked
        ? 'The browser will notify you while this page is open.'
        : 'The browser does not allow notifications from this page.'}
    </Text>
  )
}
