import type { ReactNode } from 'react'
import type { Scope } from '@/lib/api/session'
import { may, useSession } from '@/lib/session'
import { EmptyState } from './EmptyState'
import { PageHeader } from './PageHeader'

interface AllowedProps {
  /** The right that the page needs. */
  scope: Scope
  title: string
  children: ReactNode
}

/** A page, or which right is missing for it. */
export function Allowed({ scope, title, children }: AllowedProps) {
  const { account } = useSession()
  if (may(account, scope)) return <>{children}</>
  return (
    <>
      <PageHeader title={title} />
      <EmptyState title="You may not use this page">
        It needs the right {scope}, which the role {account?.role ?? 'of nobody'} doesn't have. Ask an admin.
      </EmptyState>
    </>
  )
}
