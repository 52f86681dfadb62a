# Reads data.csv, computes every value, writes reference.json. Run: Rscript call.R
suppressPackageStartupMessages(library(survival))
options(warn = 1)
d <- read.csv("data.csv")
num <- function(v) ifelse(is.infinite(v), sprintf('"%s"', ifelse(v > 0, "Inf", "-Inf")), sprintf("%.15g", v))
json <- function(x, indent = "") {
  if (is.list(x)) {
    parts <- mapply(function(k, v) sprintf('%s  "%s": %s', indent, k, json(v, paste0(indent, "  "))), names(x), x)
    return(paste0("{\n", paste(parts, collapse = ",\n"), "\n", indent, "}"))
  }
  if (is.character(x)) return(sprintf('"%s"', x))
  if (length(x) == 1) num(x) else paste0("[", paste(num(x), collapse = ", "), "]")
}
q <- qchisq(.95, 1) / 2
# limits where the log-likelihood with one coefficient held falls by q below its maximum
profile_limits <- function(held, top, at, se) {
  f <- function(b) held(b) - top + q
  r <- function(side) {
    far <- se
    while (f(at + side * far) > 0) far <- 2 * far
    uniroot(f, sort(c(at, at + side * far)), tol = 1e-13, maxiter = 1000)$root
  }
  c(r(-1), r(1))
}
table_of <- function(fit, se, top, held, names) {
  p0 <- sapply(names, function(v) held(v)(0))
  lim <- sapply(names, function(v) profile_limits(held(v), top, coef(fit)[[v]], se[[v]]))
  list(coef = unname(coef(fit)[names]), se = unname(se[names]), loglik = top,
    lr_p = unname(pchisq(2 * (top - p0), 1, lower.tail = FALSE)),
    ci_lower = unname(lim[1, ]), ci_upper = unname(lim[2, ]))
}
# maximum likelihood, pooled
gc <- glm.control(epsilon = 1e-15, maxit = 200)
d$one <- 1
ml <- c("one", "contact", "months", "charge")
fit_glm <- function(v, data, w = rep(1, nrow(data)), off = rep(0, nrow(data)), y = data$y) {
  suppressWarnings(glm.fit(as.matrix(data[v]), y, weights = w, offset = off, family = binomial(), control = gc))
}
ll <- function(eta, y, w) sum(w * (y * eta - log1p(exp(eta))))
by_glm <- function(data, w, y) {
  m <- fit_glm(ml, data, w, y = y)
  x <- as.matrix(data[ml]); p <- as.vector(plogis(x %*% coef(m)))
  se <- sqrt(diag(solve(crossprod(x * sqrt(w * p * (1 - p))))))
  held <- function(v) function(b) {
    off <- b * data[[v]]; rest <- setdiff(ml, v); g <- fit_glm(rest, data, w, off, y)
    ll(as.vector(as.matrix(data[rest]) %*% coef(g)) + off, y, w)
  }
  table_of(m, se, ll(as.vector(x %*% coef(m)), y, w), held, ml)
}
plain <- by_glm(d, rep(1, nrow(d)), d$y)
probit <- glm(y ~ contact + months + charge, binomial("probit"), d, control = gc)
# log-F(1, 1): one pseudo-row per slope with half an outcome and no constant
extra <- data.frame(case = 0, y = .5, contact = c(1, 0, 0), months = c(0, 1, 0), charge = c(0, 0, 1), one = 0)
both <- rbind(d, extra)
logf <- by_glm(both, rep(1, nrow(both)), both$y)
# conditional
cc <- coxph.control(eps = 1e-13, toler.chol = 1e-15, iter.max = 200)
cond <- c("contact", "months")
cl <- clogit(y ~ contact + months + strata(case), d, method = "exact", control = cc)
held <- function(v) function(b) {
  d$off <- b * d[[v]]
  f <- as.formula(paste("y ~", setdiff(cond, v), "+ offset(off) + strata(case)"))
  clogit(f, d, method = "exact", control = cc)$loglik[2]
}
conditional <- table_of(cl, sqrt(diag(vcov(cl))), cl$loglik[2], held, cond)
conditional$loglik_null <- cl$loglik[1]
vary <- tapply(seq_len(nrow(d)), d$case, function(i) {
  diff(range(d$y[i])) > 0 && (diff(range(d$contact[i])) > 0 || diff(range(d$months[i])) > 0)
})
conditional$n_informative <- sum(vary)
# one yes or no covariate, separated: no row without contact in the larger cases has the outcome
s <- d[d$case > 2, ]; s$y <- as.numeric(s$contact == 1 & s$y == 1)
at <- function(b) { s$off <- b * s$contact; clogit(y ~ offset(off) + strata(case), s, method = "exact")$loglik[1] }
top <- at(60)
separated <- list(loglik_supremum = top, lr_p = pchisq(2 * (top - at(0)), 1, lower.tail = FALSE),
  ci_lower = uniroot(function(b) at(b) - top + q, c(-20, 60), tol = 1e-13, maxiter = 1000)$root)
# calibration and discrimination of given predictions
p <- plogis(-.3 + .5 * d$contact - .1 * d$months); z <- qlogis(p)
off <- glm(y ~ offset(z), binomial, d, control = gc); sl <- glm(y ~ z, binomial, d, control = gc)
pos <- p[d$y == 1]; neg <- p[d$y == 0]
psi <- outer(pos, neg, function(a, b) (a > b) + .5 * (a == b)); auc <- mean(psi)
v <- var(rowMeans(psi)) / length(pos) + var(colMeans(psi)) / length(neg)
quality <- list(brier = mean((d$y - p)^2), constant = unname(coef(off)), slope = unname(coef(sl)[2]),
  auc = auc, auc_se = sqrt(v), auc_lower = auc - qnorm(.975) * sqrt(v), auc_upper = auc + qnorm(.975) * sqrt(v))
values <- list(logit = plain,
  probit = list(coef = unname(coef(probit)), se = unname(sqrt(diag(vcov(probit)))), loglik = as.numeric(logLik(probit))),
  log_f = logf, conditional = conditional, separated = separated, quality = quality)
writeLines(json(list(case = "retr_logit",
  computed_by = list(R = as.character(getRversion()), survival = as.character(packageVersion("survival"))),
  values = values)), "reference.json")
