import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { LoadingLines } from '@/components/QueryView'
import { REFUSED } from '@/lib/api/client'
import { type SessionDocument, forgetData, sessionQuery } from '@/lib/api/session'
import { ShownSession } from '@/lib/session'
import { SignInAgain } from './SignInAgain'

interface SessionGateProps {
  /** Called if nobody is signed in, and nobody was on this page. */
  onSignIn: () => void
  /** Called if somebody else signed in: the page is not theirs. */
  onOtherPerson: () => void
  children: ReactNode
}

interface Seen {
  session: SessionDocument
  /** Counts changes of the person: the pages of one are not shown to another. */
  round: number
}

/** Shows pages to whoever is signed in. If the session ends meanwhile, the sign-in comes on top of them. */
export function SessionGate({ onSignIn, onOtherPerson, children }: SessionGateProps) {
  const client = useQueryClient()
  const { data: session, isPending } = useQuery(sessionQuery())
  const [seen, setSeen] = useState<Seen | null>(null)
  useRefusals()

  // Whoever signs out leaves nothing behind.
  if (session === undefined && seen !== null) setSeen(null)
  const isOut = session !== undefined && session.account === null
  if (session && !isOut && seen?.session !== session) {
    const before = nameOf(seen?.session)
    const isOther = before !== undefined && before !== nameOf(session)
    setSeen({ session, round: (seen?.round ?? 0) + (isOther ? 1 : 0) })
  }
  const round = seen?.round ?? 0
  const mustSignIn = isOut && seen === null
  useEffect(() => {
    if (mustSignIn) onSignIn()
  }, [mustSignIn, onSignIn])
  useEffect(() => {
    if (round > 0) {
      forgetData(client)
      onOtherPerson()
    }
  }, [client, round, onOtherPerson])

  function signedIn(found: SessionDocument) {
    client.setQueryData(sessionQuery().queryKey, found)
    // What failed while nobody was signed in is loaded now.
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery().queryKey[0] })
  }

  if (isPending || mustSignIn) {
    return (
      <div role="status" aria-label="Loading">
        <LoadingLines />
      </div>
    )
  }
  return (
    <>
      <ShownSession key={round} value={seen?.session ?? null}>
        {children}
      </ShownSession>
      {session && (
        <SignInAgain opened={isOut} session={session} name={nameOf(seen?.session)} onSignedIn={signedIn} />
      )}
    </>
  )
}

/** Ask for the session again when a call was refused, and while somebody may sign in in another tab. */
function useRefusals() {
  const client = useQueryClient()
  useEffect(() => {
    const ask = () => void client.refetchQueries(sessionQuery(), { cancelRefetch: false })
    const askIfOut = () => {
      if (client.getQueryData(sessionQuery().queryKey)?.account === null) ask()
    }
    window.addEventListener(REFUSED, ask)
    window.addEventListener('focus', askIfOut)
    return () => {
      window.removeEventListener(REFUSED, ask)
      window.removeEventListener('focus', askIfOut)
    }
  }, [client])
}

/** Return who is signed in; undefined while accounts are off. */
function nameOf(session: SessionDocument | undefined): string | undefined {
  return session?.accounts_on ? session.account?.name : undefined
}
