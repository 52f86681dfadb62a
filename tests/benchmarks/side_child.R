# One side of a race in R: Rscript side_child.R SCRIPT FOLDER. As `side_child.py`.
# SCRIPT is R code that ends in `serve(function() c(name = number, ...))`; it reads arrays of the
# folder with `values`.

arguments <- commandArgs(TRUE)
lines_in <- file("stdin", "r")

values <- function(name) {
  head <- readLines(file.path(arguments[2], paste0(name, ".txt")))
  size <- as.integer(strsplit(head[2], " ")[[1]])
  path <- file.path(arguments[2], paste0(name, ".bin"))
  kind <- if (head[1] == "i") integer() else double()
  found <- readBin(path, kind, prod(size))
  if (length(size) == 2) matrix(found, size[1], size[2]) else found
}

say <- function(...) {
  cat(sprintf(...), "\n", sep = "")
  flush(stdout())
}

clock <- function() sum(proc.time()[c("user.self", "sys.self")])

peak <- function() {
  status <- tryCatch(readLines("/proc/self/status"), error = function(e) character(), warning = function(w) character())
  found <- grep("^VmHWM", status, value = TRUE)
  if (!length(found)) return("null")
  format(as.numeric(gsub("[^0-9]", "", found)) / 1024)
}

serve <- function(run) {
  answer <- run()
  cells <- paste(sprintf('"%s": %.17g', names(answer), as.numeric(answer)), collapse = ", ")
  say('{"answer": {%s}}', cells)
  repeat {
    line <- readLines(lines_in, 1)
    if (!length(line)) break
    times <- as.integer(line)
    start <- clock()
    for (i in seq_len(times)) run()
    say('{"seconds": %.9g}', (clock() - start) / times)
  }
  say('{"peak": %s}', peak())
}

options(warn = -1)
source(arguments[1], local = FALSE)
