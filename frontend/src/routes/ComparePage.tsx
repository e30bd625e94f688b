import { useSearch } from '@tanstack/react-router'
import { Allowed } from '@/components/Allowed'
import { EmptyState } from '@/components/EmptyState'
import { LinkButton } from '@/components/LinkButton'
import { PageHeader } from '@/components/PageHeader'
import { CompareExports } from '@/features/compare/CompareExports'

/** Two exports side by side. Both stand in the address, so that it can be passed on. */
export function ComparePage() {
  const { a, b } = useSearch({ from: '/compare' })
  return (
    <Allowed scope="exports:read" title="Compare exports">
      <PageHeader
        title="Compare exports"
        actions={
          a &&
          b && (
            <LinkButton to="/compare" search={{ a: b, b: a }} variant="default">
              Swap A and B
            </LinkButton>
          )
        }
      />
      {a && b ? (
        <CompareExports key={`${a} ${b}`} a={a} b={b} />
      ) : (
        <EmptyState title="Choose two exports" action={<LinkButton to="/exports">Open history</LinkButton>}>
          Select two completed exports in the history, then choose Compare.
        </EmptyState>
      )}
    </Allowed>
  )
}
