import { Group, Pagination, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { sourcesQuery } from '@/lib/api/ingest'
import { plural } from '@/lib/format'
import { SourceRow } from './SourceRow'

const PAGE_SIZE = 10

/** All files loaded by this page or the command line, last one first. */
export function LoadedSources() {
  const [page, setPage] = useState(1)
  const sources = useQuery(sourcesQuery(PAGE_SIZE, (page - 1) * PAGE_SIZE))
  return (
    <section aria-labelledby="loaded-sources">
      <Title order={2} size="h4" mb="xs" id="loaded-sources">
        Loaded files
      </Title>
      <QueryView
        query={sources}
        errorTitle="The loaded files could not be listed"
        loading={<LoadingLines count={3} height={28} />}
        isEmpty={({ total }) => total === 0}
        empty={<Text size="sm">No files loaded yet.</Text>}
      >
        {({ sources: shown, total }) => (
          <>
            <Table.ScrollContainer minWidth={600}>
              <Table verticalSpacing={6} fz="sm" aria-labelledby="loaded-sources">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>File</Table.Th>
                    <Table.Th>Data type</Table.Th>
                    <Table.Th ta="right">Lines</Table.Th>
                    <Table.Th ta="right">Loaded</Table.Th>
                    <Table.Th ta="right">Rejected</Table.Th>
                    <Table.Th>Updated</Table.Th>
                    <Table.Th aria-label="Actions" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {shown.map((source) => (
                    <SourceRow key={source.source_id} source={source} />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {total > PAGE_SIZE && (
              <Group justify="space-between" mt="xs">
                <Text size="sm">{plural(total, 'file')}</Text>
                <Pagination
                  size="sm"
                  total={Math.ceil(total / PAGE_SIZE)}
                  value={page}
                  onChange={setPage}
                  getControlProps={(control) => ({ 'aria-label': `${control} page of files` })}
                  getItemProps={(item) => ({ 'aria-label': `Page ${item} of files` })}
                />
              </Group>
            )}
          </>
        )}
      </QueryView>
    </section>
  )
}
