import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { REFUSED } from '@/lib/api/client'
import { type SessionDocument, forgetData, sessionQuery } from '@/lib/api/session'
import { Leave, ShownSession } from '@/lib/session'
import { SignInAgain } from './SignInAgain'

interface SessionGateProps {
  /** Called if nobody is signed in; with the person's own wish, if they signed out here. */
  onSignIn: (hasLeft: boolean) => void
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
  const [hasLeft, setHasLeft] = useState(false)
  useRefusals()

  const isOut = session !== undefined && session.account === null
  if (session && !isOut && seen?.session !== session) {
    const before = nameOf(seen?.session)
    const isOther = before !== undefined && before !== nameOf(session)
    setSeen({ session, round: (seen?.round ?? 0) + (isOther ? 1 : 0) })
  }
  const round = seen?.round ?? 0
  const mustSignIn = isOut && seen === null
  useEffect(() => {
    if (mustSignIn) onSignIn(hasLeft)
  }, [mustSignIn, hasLeft, onSignIn])
  useEffect(() => {
    if (round > 0) {
      forgetData(client)
      onOtherPerson()
    }
  }, [client, round, onOtherPerson])

  const leave = useCallback(() => {
    setSeen(null)
    setHasLeft(true)
    forgetData(client)
    client.setQueryData(sessionQuery().queryKey, (now) => now && { ...now, account: null, session: null })
  }, [client])

  function signedIn(found: SessionDocument) {
    client.setQueryData(sessionQuery().queryKey, found)
    // What failed while nobody was signed in is loaded now.
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery().queryKey[0] })
  }

  if (isPending || mustSignIn) {
    // The frame that is drawn before the script has come stays below it.
    return <div role="status" aria-label="Loading" data-early />
  }
  return (
    <>
      <ShownSession key={round} value={seen?.session ?? null}>
        <Leave value={leave}>{children}</Leave>
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
