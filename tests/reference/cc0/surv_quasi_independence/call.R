# Reads data.csv, computes every value, writes reference.json. Run: Rscript call.R
suppressPackageStartupMessages(library(survival))
options(digits = 15, warn = 1)
d <- read.csv("data.csv"); d$from <- d$entry
pairs_of <- function(d) concordance(Surv(entry, time, event) ~ entry, data = d)
tau_of <- function(d) { k <- pairs_of(d)$count; unname((k["concordant"] - k["discordant"]) / (k["concordant"] + k["discordant"])) }
jack <- function(d, by) { labels <- unique(by); g <- length(labels); left <- sapply(labels, function(l) tau_of(d[by != l, ]))
  se <- sqrt((g - 1) / g * sum((left - mean(left))^2)); est <- tau_of(d); q <- qt(0.975, g - 1)
  list(left_out = left, std_error = se, p = 2 * pt(-abs(est / se), g - 1), low = max(-1, est - q * se), high = min(1, est + q * se)) }
# Tsai's statistic is the score test of the rank of the entry among those at risk; exact for event times without ties
u <- d; for (t in unique(u$time[u$event == 1])) { at <- which(u$time == t & u$event == 1); u$time[at] <- t + (seq_along(at) - 1) / 100 }
ranked <- function(x, t, riskset, weights) { r <- numeric(length(x)); for (s in unique(riskset)) r[riskset == s] <- rank(x[riskset == s]); r }
score <- coxph(Surv(entry, time, event) ~ tt(from), data = u, tt = ranked, ties = "breslow")$score
k <- pairs_of(d)$count; ku <- pairs_of(u)$count
# the influence of a row by R is the derivative of (concordant + ties / 2) / all; tau is twice it less 1
v <- list(n_concordant = k[["concordant"]], n_discordant = k[["discordant"]], tau = tau_of(d),
  infinitesimal_se_rows = 2 * sqrt(pairs_of(d)$var),
  infinitesimal_se_cases = 2 * sqrt(concordance(Surv(entry, time, event) ~ entry, data = d, cluster = case)$var),
  jackknife_cases = jack(d, d$case), jackknife_rows = jack(d, d$id)[-1],
  untied = list(n_concordant = ku[["concordant"]], n_discordant = ku[["discordant"]], tsai_chisq = score))
js <- function(x) if (is.list(x)) paste0("{", paste(sprintf("\"%s\": %s", names(x), sapply(x, js)), collapse = ", "), "}") else { s <- sprintf("%.15g", x); if (length(s) > 1) paste0("[", paste(s, collapse = ", "), "]") else s }
head <- list(R = paste0("\"", getRversion(), "\""), survival = paste0("\"", packageVersion("survival"), "\""))
writeLines(sprintf("{\"case\": \"surv_quasi_independence\", \"computed_by\": {\"R\": %s, \"survival\": %s}, \"values\": %s}", head$R, head$survival, js(v)), "reference.json")
cat("OK\n")
