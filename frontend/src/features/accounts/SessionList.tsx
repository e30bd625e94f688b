import { Badge, Button, Group, Table, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useContext } from 'react'
import { ErrorNotice } from '@/components/ErrorNotice'
import { Moment } from '@/components/Moment'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { accountKeys, endOwnSessions, endSession, ownSessionsQuery } from '@/lib/api/accounts'
import type { BrowserSession } from '@/lib/api/session'
import { Leave } from '@/lib/session'
import { Section } from '@/components/Section'
import { browserName } from './browser-name'

/** Where one is signed in, with the way to end it. */
export function SessionList() {
  const client = useQueryClient()
  const leave = useContext(Leave)
  const sessions = useQuery(ownSessionsQuery())
  const end = useMutation({
    mutationFn: endSession,
    onSuccess: () => client.invalidateQueries({ queryKey: accountKeys.sessions }),
  })
  const everywhere = useMutation({
    mutationFn: endOwnSessions,
    // This session has ended too.
    onSuccess: leave,
  })
  const error = end.error ?? everywhere.error
  return (
    <Section
      title="Sessions"
      description="Browsers in which you are signed in. End those that you don't know, and change your password."
    >
      {error && <ErrorNotice error={error} title="The session was not ended" />}
      <QueryView query={sessions} errorTitle="The sessions could not be loaded" loading={<LoadingLines />}>
        {(found) => (
          <>
            <Table.ScrollContainer minWidth={560}>
              <Table verticalSpacing={6} fz="sm" aria-label="Sessions">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Browser</Table.Th>
                    <Table.Th>Address</Table.Th>
                    <Table.Th>Signed in</Table.Th>
                    <Table.Th>Last used</Table.Th>
                    <Table.Th aria-label="Actions" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {found.map((session) => (
                    <SessionRow
                      key={session.id}
                      session={session}
                      isEnding={end.isPending && end.variables === session.id}
                      onEnd={() => end.mutate(session.id)}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Group>
              <Button variant="default" onClick={() => everywhere.mutate()} loading={everywhere.isPending}>
                Sign out everywhere
              </Button>
            </Group>
          </>
        )}
      </QueryView>
    </Section>
  )
}

interface SessionRowProps {
  session: BrowserSession
  isEnding: boolean
  onEnd: () => void
}

function SessionRow({ session, isEnding, onEnd }: SessionRowProps) {
  const browser = browserName(session.user_agent)
  return (
    <Table.Tr>
      <Table.Td title={session.user_agent ?? undefined} style={{ overflowWrap: 'anywhere' }}>
        {browser}
      </Table.Td>
      <Table.Td>{session.address ?? <Text span>–</Text>}</Table.Td>
      <Table.Td>
        <Moment at={session.created_at} />
      </Table.Td>
      <Table.Td>
        <Moment at={session.last_used_at} />
      </Table.Td>
      <Table.Td ta="right">
        {session.is_current ? (
          <Badge variant="light" radius="sm">
            this one
          </Badge>
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            loading={isEnding}
            onClick={onEnd}
            aria-label={`End the session in ${browser}`}
          >
            End
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  )
}
