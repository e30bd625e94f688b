import { Anchor, Button, Group, Text } from '@mantine/core'
import { Link, useRouterState } from '@tanstack/react-router'
import { PageHeader } from '@/components/PageHeader'

/** The page for an address that is none. */
export function NotFound() {
  const path = useRouterState({ select: (state) => state.location.pathname })
  return (
    <>
      <PageHeader title="Page not found" />
      <Text mb="md" style={{ overflowWrap: 'anywhere' }}>
        There is no page at <code>{path}</code>. An export's page is at <code>/exports/</code> and its id; the
        history finds it by a part of the id, its folder or its config.
      </Text>
      <Group>
        <Button component={Link} to="/exports">
          Open history
        </Button>
        <Button component={Link} to="/" variant="default">
          Create an export
        </Button>
        <Anchor href="/openapi.json">Open API description</Anchor>
      </Group>
    </>
  )
}
