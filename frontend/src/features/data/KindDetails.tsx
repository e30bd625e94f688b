import { Badge, Group, Progress, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { LoadingLines, QueryView } from '@/components/QueryView'
import { type DatasetDetails, datasetQuery } from '@/lib/api/datasets'
import { formatCount } from '@/lib/format'

const TOP = 12

interface KindDetailsProps {
  kind: string
}

/** The commonest processes or levels of one kind, and its columns. */
export function KindDetails({ kind }: KindDetailsProps) {
  const details = useQuery(datasetQuery(kind))
  return (
    <QueryView
      query={details}
      errorTitle="The data type could not be loaded"
      loading={<LoadingLines count={10} height={28} />}
    >
      {(data) => (
        <Stack gap="xl">
          <TopValues details={data} column={data.process_column} title="Top processes" />
          <TopValues details={data} column={data.level_column} title="Log levels" />
          <Columns details={data} />
        </Stack>
      )}
    </QueryView>
  )
}

interface TopValuesProps {
  details: DatasetDetails
  column: string | null
  title: string
}

function TopValues({ details, column, title }: TopValuesProps) {
  const known = details.filters.find((filter) => filter.name === column)?.known
  if (!known || known.values.length === 0) return null
  const shown = known.values.slice(0, TOP)
  const most = Math.max(...shown.map(({ rows }) => rows), 1)
  return (
    <section>
      <Group gap="xs" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        {known.is_estimate && (
          <Badge variant="outline" color="gray" radius="sm">
            estimated
          </Badge>
        )}
      </Group>
      <Stack gap={6} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {shown.map(({ value, rows }) => (
          <li key={value ?? ''}>
            <Group justify="space-between" gap="xs" wrap="nowrap">
              <Text size="sm" truncate>
                {value ?? '(none)'}
              </Text>
              <Text size="sm">{formatCount(rows)}</Text>
            </Group>
            <Progress value={(rows / most) * 100} size="sm" aria-label={`Rows of ${value ?? '(none)'}`} />
          </li>
        ))}
      </Stack>
      {known.total > shown.length && (
        <Text size="sm" c="dimmed" mt="xs">
          and {formatCount(known.total - shown.length)} more
        </Text>
      )}
    </section>
  )
}

interface ColumnsProps {
  details: DatasetDetails
}

function Columns({ details }: ColumnsProps) {
  const filterable = new Set(details.filters.map((filter) => filter.name))
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Columns of {details.kind}
      </Title>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing={6} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Column</Table.Th>
              <Table.Th>Type</Table.Th>
              <Table.Th>Nullable</Table.Th>
              <Table.Th>Filter</Table.Th>
              <Table.Th>Description</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {details.columns.map((column) => (
              <Table.Tr key={column.name}>
                <Table.Td ff="monospace">{column.name}</Table.Td>
                <Table.Td>{column.is_json ? 'JSON' : column.type}</Table.Td>
                <Table.Td>{column.is_nullable ? 'yes' : 'no'}</Table.Td>
                <Table.Td>{filterable.has(column.name) ? 'yes' : 'no'}</Table.Td>
                <Table.Td>{column.description}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  )
}
