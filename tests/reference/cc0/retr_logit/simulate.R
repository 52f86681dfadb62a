# Writes data.csv: twelve unequal cases, a yes or no outcome, covariates within and across cases.
set.seed(2801)
size <- c(26, 22, 5, 5, 4, 3, 3, 2, 1, 1, 1, 1)
case <- rep(seq_along(size), size)
n <- length(case)
level <- rnorm(length(size), 0, .8)[case]
contact <- rbinom(n, 1, plogis(.4 * level))
months <- round(rgamma(n, 2, .5), 1)
charge <- rbinom(length(size), 1, .5)[case] # the same in a whole case
y <- rbinom(n, 1, plogis(-.6 + level + .9 * contact - .15 * months))
write.csv(data.frame(case, y, contact, months, charge), "data.csv", row.names = FALSE)
