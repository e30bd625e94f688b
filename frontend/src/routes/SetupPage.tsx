import { Anchor, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouter, useRouterState } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { CodeBlock } from '@/components/CodeBlock'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { SetupForm } from '@/features/sign-in/SetupForm'
import { forgetData, sessionQuery } from '@/lib/api/session'

/** The first visit: makes the first admin with the token that `lumber serve` printed. */
export function SetupPage() {
  const token = useAddressToken()
  const session = useQuery(sessionQuery())
  const client = useQueryClient()
  const { history } = useRouter()
  return (
    <>
      <PageHeader title="Set up accounts" />
      <QueryView query={session} errorTitle="The page could not be loaded" loading={<LoadingLines />}>
        {({ accounts_on, setup_open }) => {
          if (accounts_on) return <AccountsExist />
          if (!setup_open && token === null) return <OnTheCommandLine />
          return (
            <>
              <Text size="sm" mb="md">
                Create the first account. It is an admin, and turns accounts on: then everybody must sign in.
              </Text>
              <SetupForm
                token={token}
                onCreated={(found) => {
                  forgetData(client)
                  client.setQueryData(sessionQuery().queryKey, found)
                  history.replace('/users')
                }}
              />
            </>
          )
        }}
      </QueryView>
    </>
  )
}

/** Take the token out of the address at once: addresses are kept, shown and shared. */
function useAddressToken(): string | null {
  const { history } = useRouter()
  const hash = useRouterState({ select: (state) => state.location.hash })
  const found = new URLSearchParams(hash).get('token')
  const [token, setToken] = useState(found)
  if (found !== null && found !== token) setToken(found)
  useEffect(() => {
    if (hash !== '') history.replace('/setup')
  }, [history, hash])
  return token
}

function AccountsExist() {
  return (
    <Text size="sm">
      This service has accounts already, so this link does nothing any more.{' '}
      <Anchor component={Link} to="/sign-in" underline="always">
        Sign in
      </Anchor>{' '}
      or ask an admin for an account.
    </Text>
  )
}

function OnTheCommandLine() {
  return (
    <>
      <Text size="sm" mb="sm">
        This service has no accounts: whoever uses this machine may do everything. To turn accounts on, create
        the first admin in a terminal, or open the link that lumber serve prints when it starts.
      </Text>
      <CodeBlock text="lumber user add NAME --role admin" label="command that creates the first admin" />
      <Text size="sm" mt="md">
        <Anchor component={Link} to="/" underline="always">
          Continue without accounts
        </Anchor>
        {' · '}
        <Anchor component={Link} to="/audit" underline="always">
          Audit trail
        </Anchor>
      </Text>
    </>
  )
}
