import { Outlet, useRouter, useRouterState } from '@tanstack/react-router'
import { useCallback } from 'react'
import { UploadMark } from '@/features/data/UploadMark'
import { UploadProvider } from '@/features/data/UploadProvider'
import { Shell } from '@/features/shell/Shell'
import { SessionGate } from '@/features/sign-in/SessionGate'
import { BarePage } from './BarePage'

/** Pages for somebody who is not signed in. */
const BARE = ['/sign-in', '/setup', '/signed-in']

/** Every screen: in the shell, or bare. */
export function Root() {
  // Of the page that is shown: the address changes before the next page is loaded.
  const path = useRouterState({ select: (state) => state.matches.at(-1)?.pathname ?? '' })
  if (BARE.includes(path)) {
    return (
      <BarePage>
        <Outlet />
      </BarePage>
    )
  }
  return <Signed />
}

function Signed() {
  const router = useRouter()
  const toSignIn = useCallback(
    (hasLeft: boolean) => {
      const { href } = router.state.location
      const next = hasLeft || href === '/' ? undefined : href
      void router.navigate({ to: '/sign-in', search: { next }, replace: true })
    },
    [router],
  )
  const toStart = useCallback(() => void router.navigate({ to: '/' }), [router])
  return (
    <SessionGate onSignIn={toSignIn} onOtherPerson={toStart}>
      <UploadProvider>
        <Shell mark={<UploadMark />}>
          <Outlet />
        </Shell>
      </UploadProvider>
    </SessionGate>
  )
}
