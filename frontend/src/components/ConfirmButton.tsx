import { Button, type ButtonProps, Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import type { ReactNode } from 'react'

interface ConfirmButtonProps extends ButtonProps {
  /** What is asked, such as "Remove the schedule nightly?". */
  question: string
  /** What happens then. */
  explanation: ReactNode
  confirm: string
  cancel: string
  onConfirm: () => void
  'aria-label'?: string
  children: ReactNode
}

/** A button for what can't be undone: it asks first. */
export function ConfirmButton(props: ConfirmButtonProps) {
  const { question, explanation, confirm, cancel, onConfirm, children, ...others } = props
  const ask = () =>
    modals.openConfirmModal({
      title: question,
      children: <Text size="sm">{explanation}</Text>,
      labels: { confirm, cancel },
      confirmProps: { color: 'red' },
      onConfirm,
    })
  return (
    <Button variant="default" c="red" {...others} onClick={ask}>
      {children}
    </Button>
  )
}
