"""What the reference page says of Dockerfile cells, in English and Chinese: they are no commands of the table."""

from __future__ import annotations

CELLS = """\
## Dockerfile cells

A cell that is a Dockerfile is built (Docker kernel), and so is the text below `%%dockerfile` (any IPython). The context
is the notebook's folder.

| Cell or line | What it does |
|---|---|
| `%%dockerfile [flags]` | Builds the cell. All flags of `docker build` but `-f`, of both builders |
| `# build=-t web:1 --no-cache` | The same flags as the first line of a cell without a magic |
| `--context DIR` | Takes another folder as the context |
| `--continue` | Goes on from the Dockerfile cells before: builds their text with this one's at its end |
| `%dockerfile --show` | Prints the Dockerfile that the cells make together |
| `%dockerfile --export FILE` | Writes it to a file |
| `%dockerfile --reset` | Forgets it |

How cells go on from each other:

- A Dockerfile cell without `--continue` begins the file anew. With it, a cell that begins with FROM begins a new stage;
  any other one adds its steps to the last stage.
- The whole file is built each time, and its whole text is printed, as Docker would. The steps of the cells before come
  from the cache, so that only new ones run.
- A cell whose build fails adds nothing. Mend it and run it again.
- A cell that is run again goes back to where the file was before it: its new text takes the place of the old one, and
  what followed is dropped. Run the cells below it again to have them back. A notebook tells cells apart by their ids;
  where there are none (a terminal, `nbconvert`) the same text is the same cell.
- `--context`, and flags that say what steps do (`--build-arg`, `--build-context`, `--secret`, `--ssh`, `--network`,
  `--platform`, `--add-host` and the like), hold for the cells that go on. Names, targets and outputs do not: a cell
  without `-t` names nothing.

An error or a warning of the build checks is shown with the cell's own lines and a caret below Docker's text, and where
a RUN failed, with a way to look inside. This is no part of the output: a pipe or a file does not get it.

While a build runs, stages and steps are shown with state, time, bytes and the end of their output. When it has ended,
its plain text and a picture of the graph are left (of the classic builder's, where there are several stages).
`DOCKKERNEL_PROGRESS=off` turns both off.
"""

CELLS_ZH = """\
### Dockerfile 单元格（中文）

内容是 Dockerfile 的单元格会被构建（Docker 内核）；在任何 IPython 里，`%%dockerfile` 下面的文字也会被构建。
上下文是笔记本所在的目录。

| 单元格或命令 | 作用 |
|---|---|
| `%%dockerfile [选项]` | 构建该单元格；除 `-f` 外，两种构建器的 `docker build` 选项都可用 |
| `# build=-t web:1 --no-cache` | 不用魔法命令时，把选项写在单元格第一行 |
| `--context 目录` | 使用另一个目录作为上下文 |
| `--continue` | 接着前面的 Dockerfile 单元格继续：连同它们的内容一起构建 |
| `%dockerfile --show` | 打印这些单元格合成的 Dockerfile |
| `%dockerfile --export 文件` | 把它写入文件 |
| `%dockerfile --reset` | 忘掉它 |

- 不带 `--continue` 的单元格重新开始；带 `--continue` 时，以 FROM 开头的单元格开始新的阶段，其他的接在最后一个阶段后面。
- 每次都构建整个文件并打印完整输出，与 Docker 相同；前面单元格的步骤取自缓存，只有新步骤会执行。
- 构建失败的单元格不会加入；改好后再运行即可。
- 重新运行前面的单元格，会回到它之前的状态：新内容取代旧内容，后面的部分被丢弃，需要时再运行后面的单元格。
- `--context` 和决定步骤内容的选项（`--build-arg`、`--secret`、`--network`、`--platform` 等）对后续单元格继续有效；
  名字、目标和输出选项则不会。
"""
