import { Alert, Stack } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { PageHeader } from '@/components/PageHeader'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { Providers } from '@/features/sign-in/Providers'
import { SignInForm } from '@/features/sign-in/SignInForm'
import { loginErrorText } from '@/features/sign-in/login-errors'
import { type SessionDocument, forgetData, sessionQuery } from '@/lib/api/session'
import { homeOf } from '@/lib/session'

/** The sign-in. Whoever is signed in already goes on to the page that they wanted. */
export function SignInPage() {
  const { next, error } = useSearch({ from: '/sign-in' })
  const session = useQuery(sessionQuery())
  const client = useQueryClient()
  const { history } = useRouter()
  const account = session.data?.account
  useEffect(() => {
    if (account) history.replace(next ?? homeOf(account))
  }, [account, history, next])

  function signedIn(found: SessionDocument) {
    forgetData(client)
    client.setQueryData(sessionQuery().queryKey, found)
  }

  return (
    <>
      <PageHeader title="Sign in" />
      {error !== undefined && (
        <Alert color="red" role="alert" mb="sm" title="You are not signed in">
          {loginErrorText(error)}
        </Alert>
      )}
      <QueryView
        query={session}
        errorTitle="The sign-in could not be loaded"
        loading={<LoadingLines count={3} height={36} />}
      >
        {(found) =>
          found.account === null && (
            <Stack gap="md">
              <SignInForm onSignedIn={signedIn} />
              <Providers providers={found.providers} next={next ?? '/'} />
            </Stack>
          )
        }
      </QueryView>
    </>
  )
}
