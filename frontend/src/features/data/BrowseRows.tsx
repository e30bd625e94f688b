import { Group } from '@mantine/core'
import { LinkButton } from '@/components/LinkButton'

interface BrowseRowsProps {
  kind: string
}

/** The way to the rows of a data type. */
export function BrowseRows({ kind }: BrowseRowsProps) {
  return (
    <Group>
      <LinkButton to="/data/rows" search={{ kind }} variant="default">
        Browse rows of {kind}
      </LinkButton>
    </Group>
  )
}
