import { Stack, Text } from '@mantine/core'
import { CodeBlock } from '@/components/CodeBlock'
import type { RowDetail } from '@/lib/api/rows'
import { cellText, typeWord } from './cells'
import classes from './RowViewer.module.css'

interface RowInFullProps {
  row: Pick<RowDetail, 'values' | 'columns' | 'cut' | 'raw_column'>
}

/** All values of a row, its raw line first. */
export function RowInFull({ row }: RowInFullProps) {
  const raw = row.raw_column === null ? null : row.values[row.raw_column]
  const columns = row.columns.filter(({ name }) => name !== row.raw_column)
  return (
    <Stack gap="md">
      {typeof raw === 'string' && (
        <section aria-label="Raw line">
          <Text size="sm" fw={600} mb={4}>
            Raw line
          </Text>
          <CodeBlock text={raw} label="raw line" wraps />
        </section>
      )}
      <dl className={classes.values}>
        {columns.map((column) => {
          const value = row.values[column.name]
          const text = column.is_json && typeof value === 'string' ? pretty(value) : cellText(value)
          return (
            <div key={column.name}>
              <dt>
                {column.name} <span className={classes.type}>{typeWord(column)}</span>
              </dt>
              <dd className={text === null ? classes.missing : undefined}>
                {text ?? 'null'}
                {row.cut.includes(column.name) && '… (cut)'}
              </dd>
            </div>
          )
        })}
      </dl>
    </Stack>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
