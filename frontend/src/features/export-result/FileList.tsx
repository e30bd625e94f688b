import {
  ActionIcon,
  Anchor,
  Button,
  CopyButton,
  Group,
  Stack,
  Table,
  Text,
  Title,
  Tooltip,
} from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { EmptyState } from '@/components/EmptyState'
import { Icon } from '@/components/Icon'
import { QueryView } from '@/components/QueryView'
import { type FilePart, type FileRecord, datasetUrl, fileUrl, filesQuery } from '@/lib/api/exports'
import { formatBytes, formatCount } from '@/lib/format'

interface FileListProps {
  exportId: string
}

/** The files of a dataset, to download one by one or all at once: first those with rows. */
export function FileList({ exportId }: FileListProps) {
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Files
        </Title>
        <Button
          component="a"
          href={datasetUrl(exportId)}
          download
          leftSection={<Icon name="download" size={16} />}
        >
          Download all
        </Button>
      </Group>
      <Stack gap="md">
        <PartOfFiles exportId={exportId} part="data" title="Data" />
        <PartOfFiles exportId={exportId} part="documents" title="Documents and rejects" />
      </Stack>
    </section>
  )
}

interface PartOfFilesProps {
  exportId: string
  part: FilePart
  title: string
}

function PartOfFiles({ exportId, part, title }: PartOfFilesProps) {
  const files = useInfiniteQuery(filesQuery(exportId, part))
  return (
    <section aria-label={title}>
      <Title order={3} size="h6">
        {title}
      </Title>
      <QueryView
        query={files}
        errorTitle={`${title} could not be listed`}
        isEmpty={(found) => found.pages[0]?.files.length === 0}
        empty={
          <EmptyState title="None">
            {part === 'data' ? 'The dataset has no rows.' : 'The dataset has no documents.'}
          </EmptyState>
        }
      >
        {({ pages }) => {
          const found = pages.flatMap((page) => page.files)
          return (
            <>
              <FileTable exportId={exportId} files={found} hasRows={part === 'data'} />
              {files.hasNextPage && (
                <Group mt="xs" gap="xs">
                  <Text size="sm" aria-live="polite">
                    {formatCount(found.length)} of {formatCount(pages[0]?.total ?? 0)} files shown
                  </Text>
                  <Button
                    variant="subtle"
                    size="compact-sm"
                    loading={files.isFetchingNextPage}
                    onClick={() => void files.fetchNextPage()}
                  >
                    Show more files
                  </Button>
                </Group>
              )}
            </>
          )
        }}
      </QueryView>
    </section>
  )
}

interface FileTableProps {
  exportId: string
  files: FileRecord[]
  hasRows: boolean
}

function FileTable({ exportId, files, hasRows }: FileTableProps) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>File</Table.Th>
            {hasRows && <Table.Th>Split</Table.Th>}
            <Table.Th ta="right">Rows</Table.Th>
            <Table.Th ta="right">Size</Table.Th>
            <Table.Th>sha256</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {files.map((file) => (
            <Table.Tr key={file.file_id}>
              <Table.Td>
                <Anchor href={fileUrl(exportId, file.file_id)} download ff="monospace" fz="sm">
                  {file.path}
                </Anchor>
              </Table.Td>
              {hasRows && <Table.Td>{file.split ?? '–'}</Table.Td>}
              <Table.Td ta="right">{file.rows > 0 ? formatCount(file.rows) : '–'}</Table.Td>
              <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
                {formatBytes(file.size_bytes)}
              </Table.Td>
              <Table.Td>
                <Checksum path={file.path} sha256={file.sha256} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

interface ChecksumProps {
  path: string
  sha256: string
}

function Checksum({ path, sha256 }: ChecksumProps) {
  return (
    <Group gap={4} wrap="nowrap">
      <Text ff="monospace" fz="xs" title={sha256}>
        {sha256.slice(0, 12)}…
      </Text>
      <CopyButton value={sha256}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy full sha256'}>
            <ActionIcon
              variant="subtle"
              size="sm"
              color="gray"
              onClick={copy}
              aria-label={`Copy sha256 of ${path}`}
            >
              <Icon name={copied ? 'check' : 'copy'} size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  )
}
