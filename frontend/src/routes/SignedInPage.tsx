import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { PageHeader } from '@/components/PageHeader'

/** The end of a sign-in in a new tab. The first tab notices it when it gets the focus. */
export function SignedInPage() {
  return (
    <>
      <PageHeader title="Signed in" />
      <Text size="sm">
        Close this tab and continue in the other one, or{' '}
        <Anchor component={Link} to="/" underline="always">
          start here
        </Anchor>
        .
      </Text>
    </>
  )
}
