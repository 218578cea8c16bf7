using GoApi.Domain.Kernel;

namespace GoApi.UnitTests.Kernel;

public class ErrorTests
{
    public static TheoryData<Error, ErrorKind, string> Contract => new()
    {
        { Error.BadRequest("x"), ErrorKind.BadRequest, "BAD_REQUEST" },
        { Error.Unauthorized(), ErrorKind.Unauthorized, "UNAUTHORIZED" },
        { Error.Forbidden(), ErrorKind.Forbidden, "FORBIDDEN" },
        { Error.NotFound("x"), ErrorKind.NotFound, "NOT_FOUND" },
        { Error.Conflict("x"), ErrorKind.Conflict, "CONFLICT" },
        { Error.PreconditionFailed(), ErrorKind.PreconditionFailed, "PRECONDITION_FAILED" },
        { Error.Invalid("field", "x"), ErrorKind.Validation, "VALIDATION_FAILED" },
        { Error.Invalid([new FieldError("field", "x")]), ErrorKind.Validation, "VALIDATION_FAILED" },
    };

    [Theory]
    [MemberData(nameof(Contract))]
    public void Each_kind_has_the_code_of_the_contract(Error error, ErrorKind kind, string code)
    {
        Assert.Equal(kind, error.Kind);
        Assert.Equal(code, error.Code);
        Assert.NotEmpty(error.Message);
    }

    [Fact]
    public void Field_is_named_where_one_is_at_fault()
    {
        Assert.Equal([new FieldError("email", "Taken.")], Error.Conflict("Taken.", "email").Fields);
        Assert.Equal([new FieldError("page", "Not a number.")], Error.BadRequest("Not a number.", "page").Fields);
        Assert.Empty(Error.Conflict("Taken.").Fields);
        Assert.Equal("The review was not found.", Error.NotFound("The review").Message);
    }

    [Fact]
    public void All_fields_at_fault_are_kept()
    {
        FieldError[] fields = [new("a", "1"), new("b", "2")];

        Assert.Equal(fields, Error.Invalid(fields).Fields);
    }
}
