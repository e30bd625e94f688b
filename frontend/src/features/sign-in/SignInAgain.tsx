import { Modal, Stack, Text } from '@mantine/core'
import type { SessionDocument } from '@/lib/api/session'
import { Providers } from './Providers'
import { SignInForm } from './SignInForm'

/** Where a provider leads to in the new tab. */
const SIGNED_IN = '/signed-in'

interface SignInAgainProps {
  opened: boolean
  session: SessionDocument
  /** Who was signed in before; undefined if accounts were off. */
  name: string | undefined
  onSignedIn: (session: SessionDocument) => void
}

/** The sign-in over a page whose session has ended. The page stays, with what was typed in it. */
export function SignInAgain({ opened, session, name, onSignedIn }: SignInAgainProps) {
  return (
    <Modal
      opened={opened}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={name === undefined ? 'This service has accounts now' : 'Your session has ended'}
    >
      <Stack gap="sm">
        <Text size="sm">Sign in to continue. What you typed on this page is kept.</Text>
        <SignInForm name={name} onSignedIn={onSignedIn} />
        <Providers providers={session.providers} next={SIGNED_IN} isInNewTab />
      </Stack>
    </Modal>
  )
}
